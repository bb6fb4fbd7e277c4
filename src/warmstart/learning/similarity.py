"""How alike two descriptions of the same rows are: by their geometry, and by who is near whom."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 10


def debiased_cka(one: np.ndarray, other: np.ndarray) -> float:
    """Return linear CKA with unbiased HSIC: 1 for the same up to rotation and scale, about 0 for unrelated ones.

    Kornblith et al. (ICML 2019) with the estimator of Song et al. (JMLR 2012), which few rows do not inflate.

    Parameters
    ----------
    one, other : features (rows, width each), at least four rows.
    """
    kernels = [_gram(features) for features in (one, other)]
    shared = _hsic(kernels[0], kernels[1])
    own = _hsic(kernels[0], kernels[0]) * _hsic(kernels[1], kernels[1])
    return float(np.clip(shared / np.sqrt(own), -1.0, 1.0)) if own > 0 else float("nan")


def shared_neighbours(one: np.ndarray, other: np.ndarray, *, count: int = NEIGHBOURS) -> np.ndarray:
    """Return for every row the share (0 to 1) of its nearest rows, by cosine, that both descriptions agree on."""
    count = min(count, len(one) - 1)
    near, also = (_nearest(features, count) for features in (one, other))
    return np.array([len(np.intersect1d(mine, theirs)) / count for mine, theirs in zip(near, also, strict=True)])


def _gram(features: np.ndarray) -> np.ndarray:
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    kernel = centred @ centred.T
    np.fill_diagonal(kernel, 0.0)
    return np.asarray(kernel)


def _hsic(one: np.ndarray, other: np.ndarray) -> float:
    """Return the unbiased estimate from kernels without their diagonals."""
    rows = len(one)
    sums = one.sum() * other.sum() / ((rows - 1) * (rows - 2))
    crossed = 2 * one.sum(axis=0) @ other.sum(axis=0) / (rows - 2)
    return float((np.sum(one * other) + sums - crossed) / (rows * (rows - 3)))


def _nearest(features: np.ndarray, count: int) -> np.ndarray:
    """Return the nearest other rows of every row, (rows, count)."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    alike = (features / np.maximum(length, 1e-12)) @ (features / np.maximum(length, 1e-12)).T
    np.fill_diagonal(alike, -np.inf)
    return np.argsort(-alike, axis=1, kind="stable")[:, :count]
