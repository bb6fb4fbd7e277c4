"""N-LEEP: LEEP for sources without a head, with clusters of the features for labels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from warmstart.scores._base import Look, Score
from warmstart.scores._example import two_looks
from warmstart.scores._leep import expected_log_likelihood

ENERGY = 0.8
MOST_DIRECTIONS = 32
CLUSTERS_A_CLASS = 5
ROWS_A_CLUSTER = 5
ITERATIONS = 20
FLOOR = 1e-3


class NLeep(Score):
    """Li et al., Ranking neural checkpoints, CVPR 2021: principal components, a Gaussian mixture, then LEEP.

    At most MOST_DIRECTIONS components and a cluster for every ROWS_A_CLUSTER rows, so that a look of few
    rows does not get a cluster a row.
    """

    name = "nleep"
    summary = "log likelihood of the labels given the clusters of the features"

    def score(self, look: Look) -> float:
        """Return the mean log likelihood of the labels, in nats; at most 0."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        codes = look.seen()[1]
        values = _principal(look)
        clusters = min(CLUSTERS_A_CLASS * len(np.unique(codes)), max(len(codes) // ROWS_A_CLUSTER, 1))
        mixture = GaussianMixture(
            clusters, covariance_type="diag", max_iter=ITERATIONS, reg_covar=FLOOR, random_state=0
        )
        with warnings.catch_warnings():
            # Where all features are the same, there are fewer clusters than were asked for: that is an answer.
            warnings.simplefilter("ignore", ConvergenceWarning)
            proba = mixture.fit(values).predict_proba(values)
        return expected_log_likelihood(proba, codes)

    @classmethod
    def example(cls) -> Any:
        """Features that know the classes, and noise."""
        return two_looks()


def _principal(look: Look) -> np.ndarray:
    """Return the principal components (rows, directions) that hold most of the variance, the largest of variance 1."""
    seen = look.spectrum
    if not len(seen.squares):
        return np.zeros((len(seen.features), 1))
    squares = seen.squares[::-1]
    count = min(int(np.searchsorted(np.cumsum(squares), ENERGY * squares.sum())) + 1, MOST_DIRECTIONS)
    values = (seen.vectors * np.sqrt(seen.squares))[:, ::-1][:, :count]
    return np.asarray(values * np.sqrt(len(values) / squares[0]))
