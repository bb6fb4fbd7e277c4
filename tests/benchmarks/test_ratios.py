import numpy as np
import pytest


def test_a_ratio_is_the_geometric_mean_of_the_rounds():
    from _ratios import ratio_of

    found = ratio_of([2.0, 8.0], [1.0, 1.0])
    assert found.value == pytest.approx(4.0)
    assert found.low < 4.0 < found.high


def test_what_slows_both_sides_of_a_round_does_not_widen_the_interval():
    from _ratios import ratio_of

    slow = np.array([1.0, 3.0, 7.0])
    found = ratio_of(5 * slow, slow)
    assert (found.low, found.high) == pytest.approx((5.0, 5.0))


def test_one_round_has_no_interval_and_says_so():
    from _ratios import ratio_of

    assert str(ratio_of([6.0], [2.0, 9.0])) == "3.00× (one round)"


def test_the_interval_covers_the_true_ratio_as_often_as_it_says():
    from _ratios import ratio_of

    rng = np.random.default_rng(0)
    draws = [ratio_of(3 * np.exp(rng.normal(0, 0.2, 4)), np.exp(rng.normal(0, 0.2, 4))) for _ in range(1000)]
    covered = np.mean([one.low < 3 < one.high for one in draws])
    assert 0.93 < covered < 0.97


def test_rows_of_one_group_count_as_one():
    from _ratios import percent

    once, reviews = np.arange(50) % 2, np.arange(50)
    assert percent(np.repeat(once, 4), np.repeat(reviews, 4)) == percent(once)
    assert percent(once, reviews) == percent(once)


def test_a_mean_has_the_t_interval():
    from _ratios import mean_of

    assert mean_of([1.0, 2.0, 3.0], unit="seed", form="+.1f") == "+2.0 (-0.5 to +4.5)"
    assert mean_of([1.0], unit="seed") == "+1.00 (one seed)"


def test_a_difference_of_accuracies_is_paired_by_row():
    from _ratios import points_between

    right = np.arange(100) % 2 == 0
    assert points_between(right, right) == "+0.0 (+0.0 to +0.0)"
    assert points_between(np.ones(100), np.zeros(100)).startswith("+100.0")
