import numpy as np
import pytest

from warmstart.core.representation import FeatureTable
from warmstart.learning import domain_distance as distances
from warmstart.learning.domain_distance import domain_distance, total_variation


def rows(count, shift=0.0, *, seed=0, width=5):
    values = np.random.default_rng(seed).normal(shift, 1, (count, width)).astype(np.float32)
    return FeatureTable((values,), np.arange(count))


def test_two_draws_of_one_domain_look_alike():
    found = domain_distance(rows(200), rows(150, seed=1))
    assert found.auc == pytest.approx(0.5, abs=0.12)
    assert found.chance > 0.05
    assert found.mmd == pytest.approx(0, abs=0.01)
    assert found.rows == (200, 150)


def test_domains_apart_are_told_apart():
    found = domain_distance(rows(200), rows(150, 2.0, seed=1))
    assert found.auc > 0.95
    assert found.chance == 1 / (distances.PERMUTATIONS + 1)
    assert found.mmd > 0.1


def test_the_further_apart_the_larger_the_discrepancy():
    near, far = (domain_distance(rows(200), rows(200, shift, seed=1)) for shift in (0.5, 1.0))
    assert far.mmd > near.mmd > 0
    assert far.auc > near.auc


def test_many_rows_are_drawn_from(monkeypatch):
    monkeypatch.setattr(distances, "MOST_ROWS", 60)
    assert domain_distance(rows(200), rows(80, seed=1)).rows == (60, 60)


def test_the_same_seed_gives_the_same_numbers():
    assert domain_distance(rows(90), rows(80, seed=1), seed=3) == domain_distance(rows(90), rows(80, seed=1), seed=3)


def test_rows_that_are_all_alike_have_no_distance():
    same = FeatureTable((np.ones((30, 4), np.float32),), np.arange(30))
    found = domain_distance(same, same)
    assert found.auc == pytest.approx(0.5)
    assert np.isfinite(found.mmd)


def test_total_variation_is_at_most_one():
    assert total_variation(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1
