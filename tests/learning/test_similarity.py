import numpy as np
import pytest

from warmstart.learning.similarity import debiased_cka, shared_neighbours

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(80, 12))


def test_the_same_up_to_rotation_and_scale_is_one():
    turned = 3 * ROWS @ np.linalg.qr(RNG.normal(size=(12, 12)))[0] + 5
    assert debiased_cka(ROWS, turned) == pytest.approx(1.0)


def test_unrelated_wide_features_of_few_rows_are_about_zero():
    found = [debiased_cka(RNG.normal(size=(40, 500)), RNG.normal(size=(40, 500))) for _ in range(8)]
    assert abs(np.mean(found)) < 0.05


def test_noise_lowers_it():
    assert 0.2 < debiased_cka(ROWS, ROWS + RNG.normal(size=ROWS.shape)) < 0.9


def test_what_does_not_vary_has_none():
    assert np.isnan(debiased_cka(ROWS, np.ones((80, 3))))


def test_neighbours_of_the_same_features_are_all_shared():
    assert shared_neighbours(ROWS, 2 * ROWS).tolist() == [1.0] * 80


def test_neighbours_of_unrelated_features_are_shared_by_chance():
    assert shared_neighbours(ROWS, RNG.normal(size=ROWS.shape)).mean() == pytest.approx(10 / 79, abs=0.05)
