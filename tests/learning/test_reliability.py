import numpy as np
import pytest

from warmstart.learning.metrics import expected_calibration_error
from warmstart.learning.reliability import bins, brier_by_row, calibration_error_by_chance, overconfidence_by_row


def answers(rows=2000, seed=0, power=1.0):
    """Probabilities, softened or sharpened, and codes drawn from what they were before."""
    rng = np.random.default_rng(seed)
    first = rng.uniform(0.05, 0.95, rows)
    truth = (rng.random(rows) > first).astype(int)
    odds = (first / (1 - first)) ** power
    return truth, np.column_stack([odds / (1 + odds), 1 / (1 + odds)])


def test_the_brier_score_is_the_squared_distance_to_the_truth():
    assert brier_by_row(np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]])) == pytest.approx([0.0, 2.0])
    assert brier_by_row(np.array([0]), np.array([[0.6, 0.4]])) == pytest.approx([0.32])


def test_overconfidence_has_a_sign():
    truth, sharp = answers(power=3.0)
    assert overconfidence_by_row(truth, sharp).mean() > 0.05
    truth, soft = answers(power=0.3)
    assert overconfidence_by_row(truth, soft).mean() < -0.05


def test_bins_hold_equally_many_rows_the_least_sure_first():
    truth, proba = answers()
    found = bins(truth, proba)
    assert [one.rows for one in found] == [200] * 10
    assert [one.sure for one in found] == sorted(one.sure for one in found)
    assert sum(one.right.low <= one.sure <= one.right.high for one in found) >= 8


@pytest.mark.parametrize(("rows", "count"), [(45, 2), (5, 1), (10_000, 10)])
def test_few_rows_make_few_bins(rows, count):
    assert len(bins(*answers(rows))) == count


def test_true_probabilities_rarely_err_more_than_chance_allows():
    above = [
        expected_calibration_error(truth, proba) > calibration_error_by_chance(proba)
        for truth, proba in (answers(300, seed) for seed in range(40))
    ]
    assert sum(above) <= 5
    truth, sharp = answers(300, power=3.0)
    assert expected_calibration_error(truth, sharp) > calibration_error_by_chance(sharp)


def test_rows_that_belong_together_allow_more():
    _, proba = answers(300)
    proba = np.repeat(proba[:30], 10, axis=0)
    units = np.arange(30).repeat(10)
    assert calibration_error_by_chance(proba, units=units) > 1.5 * calibration_error_by_chance(proba)
