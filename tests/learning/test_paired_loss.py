import numpy as np
import pytest

from warmstart.learning.metrics import METRICS
from warmstart.learning.paired_loss import adjusted_bound, fewest_rows, paired_loss

TRUTH = np.arange(1000) % 2


def changed(rows):
    codes = TRUTH.copy()
    codes[rows] = 1 - codes[rows]
    return codes


def test_the_loss_is_the_difference_of_the_metric():
    found = paired_loss("accuracy", TRUTH, changed([1, 2]), changed([1, 2, 3, 4, 5]))
    assert found.value == pytest.approx(0.003)
    assert found.value < found.high < 0.02
    macro = paired_loss("macro_f1", TRUTH, TRUTH, changed(np.arange(0, 40, 2)))
    assert macro.value == pytest.approx(1 - METRICS["macro_f1"](TRUTH, changed(np.arange(0, 40, 2))))


def test_a_better_model_loses_less_than_nothing():
    found = paired_loss("accuracy", TRUTH, changed(np.arange(100)), TRUTH)
    assert found.value == pytest.approx(-0.1)
    assert found.high < -0.07


def test_no_difference_on_few_rows_is_no_certainty():
    few = TRUTH[:50]
    assert paired_loss("accuracy", few, few, few).high == pytest.approx(adjusted_bound(0, 0, 50))
    assert adjusted_bound(0, 0, 50) > 0.03


@pytest.mark.parametrize("limit", [0.2, 0.05, 0.005, 0.001])
def test_the_fewest_rows_are_just_enough(limit):
    rows = fewest_rows(limit)
    assert adjusted_bound(0, 0, rows) < limit <= adjusted_bound(0, 0, rows - 1)


@pytest.mark.parametrize(("lost", "won"), [(0.002, 0.002), (0.01, 0.01), (0.03, 0.01)])
def test_the_bound_covers_the_true_loss_of_rare_changes(lost, won):
    rng = np.random.default_rng(0)
    draws = rng.multinomial(600, [lost, won, 1 - lost - won], size=4000)
    assert np.mean([adjusted_bound(one, other, 600) >= lost - won for one, other, _ in draws]) >= 0.94


def test_rows_that_belong_together_make_the_bound_wider():
    lost = changed(np.arange(20))
    groups = np.arange(1000) // 20
    apart = paired_loss("accuracy", TRUTH, TRUTH, lost).high
    assert paired_loss("accuracy", TRUTH, TRUTH, lost, groups).high > apart + 0.01


def test_few_groups_make_the_bound_wider_still_also_where_nothing_differs():
    many, few = np.arange(1000) // 10, np.arange(1000) // 250
    alone = paired_loss("accuracy", TRUTH, TRUTH, TRUTH).high
    assert paired_loss("accuracy", TRUTH, TRUTH, TRUTH, many).high < 1.2 * alone
    assert paired_loss("accuracy", TRUTH, TRUTH, TRUTH, few).high > 2 * alone
    lost = changed(np.arange(0, 1000, 40))
    drawn = paired_loss("accuracy", TRUTH, TRUTH, changed(np.arange(20)), few)
    assert drawn.high > 2.7 * drawn.value
    assert paired_loss("accuracy", TRUTH, TRUTH, lost, few).value == pytest.approx(0.025)


def test_of_one_group_anything_may_be_lost():
    assert paired_loss("accuracy", TRUTH, TRUTH, TRUTH, np.zeros(1000, int)).high == 1.0
