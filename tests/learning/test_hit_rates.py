import numpy as np
import pytest

from warmstart.learning.hit_rates import hit_rate, hit_rate_difference, strata_of
from warmstart.learning.intervals import proportion


def paired(first, second, **options):
    return hit_rate_difference(first, second, np.zeros(len(first), int), **options)


def answered(both, first, second, neither):
    """Return which rows each of two models has right, from how many both, only one, and none have."""
    one = np.repeat([True, True, False, False], [both, first, second, neither])
    other = np.repeat([True, False, True, False], [both, first, second, neither])
    return one, other


def test_paired_shares_have_tangos_interval():
    # The airways of 21 children: Fagerland, Lydersen and Laake, Statistics in Medicine, 2014.
    found, _ = paired(*answered(1, 1, 7, 12))
    assert (found.value, found.low, found.high) == pytest.approx((-6 / 21, -0.517, -0.026), abs=5e-4)


def test_turned_round_the_interval_is_mirrored():
    one, _ = paired(*answered(30, 9, 2, 5))
    other, _ = paired(*answered(30, 2, 9, 5))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_models_that_agree_on_every_row_are_not_certainly_equal():
    for rows, widest in ((60, 0.07), (600, 0.007)):
        found, error = paired(*answered(rows, 0, 0, 0))
        assert -widest < found.low < 0 < found.high < widest
        assert error == pytest.approx((found.high - found.low) / 2 / 1.96, rel=1e-3)


def test_the_largest_difference_there_can_be_is_not_certain():
    found, _ = paired(*answered(0, 60, 0, 0))
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.85 < found.low < 1.0


def test_the_interval_of_paired_shares_covers_them_even_where_few_rows_tell_them_apart():
    rng = np.random.default_rng(0)
    counts = rng.multinomial(60, [0.85, 0.08, 0.03, 0.04], size=600)
    found = [paired(*answered(*row))[0] for row in counts]
    assert 0.93 < np.mean([one.low <= 0.05 <= one.high for one in found]) < 0.985


def test_more_rows_detect_less():
    errors = [paired(*answered(6 * rows, 2 * rows, rows, rows))[1] for rows in (10, 160)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)


def test_stretched_paired_shares_are_those_of_fewer_rows():
    one, other = (
        paired(*answered(*counts), stretch=s)[0] for counts, s in (((60, 20, 8, 12), 2.0), ((15, 5, 2, 3), 1.0))
    )
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_accuracy_has_one_stratum_and_all_else_its_classes():
    truth = np.array([0, 1, 1])
    assert strata_of("accuracy", truth).tolist() == [0, 0, 0]
    assert strata_of("macro_f1", truth) is truth


def test_all_right_in_every_class_is_as_uncertain_as_in_one():
    hits, classes = np.ones(30, bool), np.arange(30) % 6
    found = hit_rate(hits, classes)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(proportion(1.0, 30).low)


def test_a_rare_class_with_three_rows_is_not_certain():
    classes = np.repeat(np.arange(6), [50, 50, 50, 50, 50, 3])
    found, error = hit_rate_difference(np.ones(253, bool), classes != 5, classes)
    assert found.value == pytest.approx(1 / 6)
    assert found.low < 0.12
    assert error > 0.02
    same, _ = hit_rate_difference(classes != 5, classes != 5, classes)
    assert same.low < -0.02 < 0.02 < same.high


def test_means_over_classes_are_covered_alone_and_paired_even_where_some_have_few_rows():
    rng = np.random.default_rng(0)
    recalls, others = np.linspace(0.95, 0.7, 6), np.linspace(0.9, 0.66, 6)
    classes = np.repeat(np.arange(6), [24, 15, 9, 6, 4, 2])
    covered = []
    for _ in range(250):
        shared, own = rng.random(len(classes)), rng.random(len(classes))
        first, second = (
            np.where(own < 0.2, rng.random(len(classes)), shared) < each[classes] for each in (recalls, others)
        )
        rate, (gain, _) = hit_rate(first, classes), hit_rate_difference(first, second, classes)
        covered.append((rate.low <= recalls.mean() <= rate.high, gain.low <= np.mean(recalls - others) <= gain.high))
    assert np.all(np.mean(covered, axis=0) > 0.88)


@pytest.mark.parametrize("count", [2, 4, 8])
def test_few_groups_are_covered_alone_and_paired(count):
    rng = np.random.default_rng(count)
    groups = np.repeat(np.arange(count), 20)
    covered = []
    for _ in range(250):
        first, second = (rng.random(20 * count) < rng.beta(8, 2, count)[groups] for _ in range(2))
        rate, (gain, _) = (
            hit_rate(first, np.zeros_like(groups), groups),
            hit_rate_difference(first, second, np.zeros_like(groups), groups),
        )
        covered.append((rate.low <= 0.8 <= rate.high, gain.low <= 0 <= gain.high))
    assert np.all(np.mean(covered, axis=0) > 0.92)


def test_rows_that_are_copies_tell_as_much_as_one_of_each():
    hits, classes = np.random.default_rng(0).random(120) < 0.8, np.arange(120) % 3
    alone = hit_rate(hits, classes)
    copied = hit_rate(np.repeat(hits, 4), np.repeat(classes, 4), np.repeat(np.arange(120), 4))
    assert copied.to_json() == pytest.approx(alone.to_json())


def test_one_group_is_no_more_than_one_row():
    hits = np.arange(50) < 40
    assert hit_rate(hits, np.zeros(50, int), np.zeros(50, int)).low == pytest.approx(proportion(0.8, 1).low)
