"""Where training rows lie among features: their strongest directions, class means, and a shrunk covariance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.core.feature_reference import FEWEST, FeatureReference
from warmstart.errors import NotApplicable

DIRECTIONS = 128
LEAST_SPREAD = 1e-6
NONE = np.zeros(0, dtype=np.float32)


def feature_space(features: np.ndarray, codes: np.ndarray) -> FeatureReference:
    """Return class means and directions of features (rows, width), with no distances to compare with yet.

    Of the features' at most 128 strongest directions the covariance within classes is estimated, shrunk as
    Ledoit and Wolf do (Journal of Multivariate Analysis, 2004), and inverted.

    Raises
    ------
    NotApplicable : the features are alike for all rows.
    """
    from sklearn.covariance import ledoit_wolf
    from sklearn.decomposition import PCA

    centre = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = features - centre
    if np.abs(centred).max() < LEAST_SPREAD:
        raise NotApplicable("its features are the same for every row.")
    basis = PCA(min(DIRECTIONS, *np.subtract(centred.shape, 1)), random_state=0).fit(centred).components_.T
    columns = (centred @ basis).astype(np.float64)
    present, places = np.unique(codes, return_inverse=True)
    means = np.stack([columns[places == place].mean(axis=0) for place in range(len(present))])
    covariance, _ = ledoit_wolf(columns - means[places], assume_centered=True)
    whitening = np.linalg.cholesky(np.linalg.inv(covariance))
    whole = FeatureReference(centre, basis @ whitening, means @ whitening, NONE)
    return FeatureReference(**whole.tensors())


def out_of_fold_distances(features: np.ndarray, codes: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return how far each row (rows,) is from the class means of the folds (rows,) that do not hold it."""
    distances = np.zeros(len(features), dtype=np.float32)
    for fold in np.unique(folds):
        held = folds == fold
        distances[held] = feature_space(features[~held], codes[~held]).distance(features[held])
    return distances


def compared_with(space: FeatureReference, distances: np.ndarray) -> FeatureReference:
    """Return the space with the distances (rows,) of rows that had no part in it.

    Raises
    ------
    NotApplicable : they are too few for any row to be among the farthest of them.
    """
    if len(distances) < FEWEST:
        raise NotApplicable(f"it takes {FEWEST} rows to compare with, and there are {len(distances)}.")
    return replace(space, distances=np.sort(distances))
