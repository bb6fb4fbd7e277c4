import numpy as np
import pytest

from warmstart.scores._base import Look
from warmstart.scores._example import card, two_looks
from warmstart.scores.hscore import HScore


def test_is_the_trace_of_the_shrunk_inverse_covariance_times_that_of_the_class_means():
    from sklearn.covariance import LedoitWolf

    look, _ = two_looks()
    standard = (look.features - look.features.mean(axis=0)) / look.features.std(axis=0)
    fitted = LedoitWolf(assume_centered=True).fit(standard)
    means = np.array([standard[look.codes == code].mean(axis=0) for code in look.codes])
    between = (1 - fitted.shrinkage_) * np.cov(means.T, bias=True)
    assert HScore().score(look) == pytest.approx(np.trace(np.linalg.inv(fitted.covariance_) @ between), rel=1e-3)


def test_features_of_noise_alone_are_not_taken_for_knowledge_where_they_outnumber_the_rows():
    rng = np.random.default_rng(0)
    look = Look(card(), features=rng.normal(size=(60, 400)), codes=np.arange(60) % 2)
    assert HScore().score(look) < 0.2
