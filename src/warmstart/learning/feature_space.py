"""Where training rows lie among features: class means and a shrunk covariance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.core.feature_reference import FEWEST, FeatureReference, scaled
from warmstart.errors import NotApplicable
from warmstart.learning.grown_head import Moments, moved

DIRECTIONS = 256
LEAST_SPREAD = 1e-6
NONE = np.zeros(0, dtype=np.float32)


def feature_space(features: np.ndarray, codes: np.ndarray) -> FeatureReference:
    """Return class means and covariance of features (rows, width), with no distances to compare with yet.

    In the features' at most 256 strongest directions the covariance within classes is shrunk as Ledoit and Wolf do
    (Journal of Multivariate Analysis, 2004); what varies beside them is spread evenly over the other directions.

    Raises
    ------
    NotApplicable : the features are alike for all rows, or vary in one direction.
    """
    from sklearn.covariance import ledoit_wolf
    from sklearn.decomposition import PCA

    rows = scaled(features)
    count, width = rows.shape
    most = min(DIRECTIONS, count // 2, width // 2)
    if most < 1 or np.ptp(rows, axis=0).max() < LEAST_SPREAD:
        raise NotApplicable("its features hardly vary from row to row.")
    found = PCA(most, random_state=0).fit(rows)
    columns = found.transform(rows).astype(np.float64)
    present, places = np.unique(codes, return_inverse=True)
    means = np.stack([columns[places == place].mean(axis=0) for place in range(len(present))])
    covariance, _ = ledoit_wolf(columns - means[places], assume_centered=True)
    # scikit-learn's noise_variance_ depends on the number of rows where that is less than the width.
    beside = max(float(rows.var(axis=0).sum() - columns.var(axis=0).sum()), 0.0) / (width - most)
    whitening = np.linalg.cholesky(np.linalg.inv(covariance + LEAST_SPREAD**2 * np.eye(most)))
    return FeatureReference(
        centre=found.mean_.astype(np.float32),
        directions=found.components_.T.astype(np.float32),
        whitening=whitening.astype(np.float32),
        means=(means @ whitening).astype(np.float32),
        remainder=np.sqrt([beside + LEAST_SPREAD**2]).astype(np.float32),
        distances=NONE,
    )


def compared_with(space: FeatureReference, distances: np.ndarray) -> FeatureReference:
    """Return the space with the distances (rows,) of rows that had no part in it.

    Raises
    ------
    NotApplicable : they are too few for any row to be among the farthest of them.
    """
    if len(distances) < FEWEST:
        raise NotApplicable(f"it takes {FEWEST} rows to compare with, and there are {len(distances)}.")
    return replace(space, distances=np.sort(distances))


def moved_by(space: FeatureReference, codes: np.ndarray, columns: np.ndarray, others: np.ndarray) -> FeatureReference:
    """Return the space whose means and covariance are those of further rows, too; its distances stay.

    Parameters
    ----------
    codes : class codes of the rows that the space is of (rows,).
    columns, others : where the further rows lie, as `columns` gives them, and their class codes (rows,). Those of a
        class that has no mean move none.
    """
    present, counts = np.unique(codes, return_counts=True)
    known = np.isin(others, present)
    before = Moments(space.means.astype(np.float64), counts, np.eye(space.means.shape[1]))
    places = np.searchsorted(present, others[known])
    after = moved(before, columns[known, :-1].astype(np.float64), places, len(present))
    return replace(space, means=after.means.astype(np.float32), covariance=after.covariance.astype(np.float32))
