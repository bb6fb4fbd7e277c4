"""Features in the basis of their own strongest directions, so that a head is fitted at a fraction of the cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.representation import FeatureTable, blocks

FLOOR = 1e-6
RANK = 768
SAMPLE = 2048
SUMMED = 512


@dataclass(frozen=True)
class Rotated:
    """Features less their mean, by their scale, in the basis of their own strongest directions, at most RANK of them.

    An L2 penalty does not change under rotation, so fitting here gives the model that fitting on all
    columns would, but for directions that hardly vary, at a fraction of the cost.

    Parameters
    ----------
    mean, scale : per feature, (width,) of float32.
    values : the rotated rows, (rows, columns) of float32.
    basis : the directions (width, columns); None where the features are few enough as they are.
    """

    mean: np.ndarray
    scale: np.ndarray
    values: np.ndarray
    basis: np.ndarray | None

    def unrotated(self, weight: np.ndarray) -> np.ndarray:
        """Return weights (classes, columns) in this basis as weights of the standardised features."""
        return weight if self.basis is None else weight @ self.basis.T


def rotate(features: FeatureTable) -> Rotated:
    """Standardise features (rows, width) to rows of length one on average, and rotate them.

    Features that hardly vary are kept from being blown up by a floor under the scale.
    """
    mean, scale = scaling(*moments(features))
    basis = None
    if features.width > RANK:
        basis = _directions((features[:: -(-len(features) // SAMPLE)] - mean) / scale)
    return Rotated(mean, scale, projected(features, mean, scale, basis), basis)


def scaling(centre: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is taken from every column and by what it is divided, (width,) of float32 each, by its moments."""
    floor = 1e-3 * spread.mean() + FLOOR
    return centre.astype(np.float32), ((spread + floor) * np.sqrt(len(spread))).astype(np.float32)


def projected(features: FeatureTable, mean: np.ndarray, scale: np.ndarray, basis: np.ndarray | None) -> np.ndarray:
    """Return features (rows, width) less `mean`, by `scale`, in a basis (width, columns): (rows, columns)."""
    values = []
    for part in blocks(len(features)):
        rows = features[part]
        rows -= mean
        rows /= scale
        values.append(rows if basis is None else rows @ basis)
    return np.concatenate(values)


def moments(features: FeatureTable) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of every column, (width,) of float64."""
    mean = _summed(features, np.zeros(0)) / len(features)
    return mean, np.sqrt(_summed(features, mean) / len(features))


def _summed(features: FeatureTable, mean: np.ndarray) -> np.ndarray:
    """Return the sum of every column, or, where a mean is given, of its squared distances from it."""
    total = np.zeros((0, features.width))
    for part in blocks(len(features), SUMMED):
        rows = features[part].astype(np.float64)
        if len(mean):
            rows -= mean
            np.square(rows, out=rows)
        # The sum so far comes first, so that the order of additions is that of one sum over all rows.
        total = np.concatenate([total, rows]).sum(axis=0, keepdims=True)
    return np.asarray(total[0])


def _directions(rows: np.ndarray) -> np.ndarray:
    """Return the strongest directions in which the rows vary, orthonormal columns (width, at most RANK).

    Where they do not vary at all, any direction is as strong: a head needs one column at least.
    """
    values, vectors = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    kept = np.flatnonzero(values > values[-1] * 1e-6)[-RANK:]
    if not len(kept):
        return np.eye(rows.shape[1], 1, dtype=np.float32)
    return rows.T @ (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)
