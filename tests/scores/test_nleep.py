import numpy as np
import pytest

from warmstart.scores._base import Look
from warmstart.scores._example import card
from warmstart.scores.nleep import NLeep


def test_clusters_that_are_classes_lose_nothing():
    codes = np.arange(60) % 3
    features = 100.0 * np.eye(3)[codes] + np.random.default_rng(0).normal(size=(60, 3))
    assert NLeep().score(Look(card(), features=features, codes=codes)) == pytest.approx(0, abs=1e-6)


def test_a_look_at_few_rows_of_many_classes_does_not_get_a_cluster_a_row():
    rng = np.random.default_rng(0)
    look = Look(card(), features=rng.normal(size=(40, 8)), codes=rng.integers(0, 20, 40))
    assert NLeep().score(look) < -0.5
