import numpy as np
import pytest
from scipy.stats import multivariate_normal

from warmstart.scores._base import Look
from warmstart.scores._example import card
from warmstart.scores.logme import LogME


def test_is_the_largest_evidence_of_a_linear_model_with_gaussian_weights_and_noise():
    rng = np.random.default_rng(0)
    features, codes = rng.normal(size=(40, 5)), np.arange(40) % 2
    features[:, 0] += codes
    look = Look(card(), features=features, codes=codes)
    kernel, labels = look.spectrum.features @ look.spectrum.features.T, codes - codes.mean()
    best = max(
        multivariate_normal.logpdf(labels, cov=kernel / weights + np.eye(40) / noise)
        for weights in np.geomspace(1e-1, 1e3, 40)
        for noise in np.geomspace(1, 100, 40)
    )
    assert LogME().score(look) == pytest.approx(best / 40, abs=1e-3)
