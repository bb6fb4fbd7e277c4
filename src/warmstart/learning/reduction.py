"""Few directions instead of many features: an affine map, so that a linear layer can repeat it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.representation import FeatureTable, blocks
from warmstart.errors import DataError
from warmstart.learning.many_rows import some_places

DIMENSIONS = 50


@dataclass(frozen=True)
class Reduction:
    """Features less their mean, in their strongest directions.

    Parameters
    ----------
    mean : per feature, (width,) of float32.
    basis : the directions, orthonormal columns (width, dimensions).
    kept : the share (0 to 1) of the variance that the directions hold.
    """

    mean: np.ndarray
    basis: np.ndarray
    kept: float

    def apply(self, features: FeatureTable) -> np.ndarray:
        """Return the rows in these directions, (rows, dimensions) of float32, read a block at a time."""
        return np.concatenate([(features[part] - self.mean) @ self.basis for part in blocks(len(features))])


def reduce(features: FeatureTable, *, dimensions: int = DIMENSIONS, seed: int = 0) -> Reduction:
    """Find the strongest directions by principal components (Hotelling, 1933), on a sample where rows are many.

    Raises
    ------
    DataError : all rows have the same features.
    """
    from sklearn.decomposition import PCA

    some = features.take(some_places(len(features)))
    rows = some[:].astype(np.float32)
    if not np.ptp(rows, axis=0).any():
        raise DataError(
            f"There is nothing to cluster: all of {len(rows):,} rows have the same features. "
            "Try another --source; `warmstart check` says what a source cannot see of them."
        )
    pca = PCA(min(dimensions, *rows.shape), svd_solver="randomized", random_state=seed).fit(rows)
    return Reduction(
        pca.mean_.astype(np.float32),
        np.ascontiguousarray(pca.components_.T, dtype=np.float32),
        float(pca.explained_variance_ratio_.sum()),
    )
