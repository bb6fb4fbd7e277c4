"""Standardised features in the basis of the directions in which they vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMALLEST = 1e-7


@dataclass(frozen=True)
class Spectrum:
    """The thin singular value decomposition of standardised features, scaled to rows of length one on average.

    Parameters
    ----------
    features : standardised features (rows, width).
    vectors : left singular vectors (rows, directions), orthonormal columns.
    squares : squared singular values (directions,), all above zero.
    """

    features: np.ndarray
    vectors: np.ndarray
    squares: np.ndarray


def spectrum(features: np.ndarray) -> Spectrum:
    """Decompose features (rows, width) by the eigenvectors of their kernel: there are fewer rows than columns."""
    centred = features - features.mean(axis=0, dtype=np.float64)
    standard = centred / ((centred.std(axis=0) + 1e-6) * np.sqrt(features.shape[1]))
    squares, vectors = np.linalg.eigh(standard @ standard.T)
    kept = squares > SMALLEST * max(squares[-1], SMALLEST)
    return Spectrum(standard, vectors[:, kept], squares[kept])
