import numpy as np
import pytest
from scipy import stats

from warmstart.errors import NotApplicable
from warmstart.learning.intervals import (
    Interval,
    Resampling,
    around,
    cross_fitted_stretch,
    detectable,
    difference,
    draw,
    no_surer_than,
    proportion,
    within_reach,
)
from warmstart.learning.metrics import balanced_accuracy


def interval_of(hits, groups=None, seed=0, draws=400):
    resampling = Resampling(np.zeros(len(hits), int), groups, draws=draws, seed=seed)
    return around(float(hits.mean()), draw(lambda rows: float(hits[rows].mean()), resampling))


def width(interval):
    return interval.high - interval.low


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    found = [interval_of(rng.random(120) < 0.8, seed=seed) for seed in range(200)]
    assert 0.90 <= np.mean([one.low <= 0.8 <= one.high for one in found]) <= 0.99


def test_grouped_intervals_cover_where_rows_are_copies_and_plain_ones_do_not():
    rng = np.random.default_rng(1)
    groups, covered = np.repeat(np.arange(60), 5), {"plain": [], "grouped": []}
    for seed in range(120):
        hits = np.repeat(rng.random(60) < 0.7, 5)
        for name, given in (("plain", None), ("grouped", groups)):
            one = interval_of(hits, given, seed=seed, draws=300)
            covered[name].append(one.low <= 0.7 <= one.high)
    assert 0.88 <= np.mean(covered["grouped"]) <= 0.99
    assert np.mean(covered["plain"]) < 0.75


def test_grouped_intervals_are_wider_where_rows_of_a_group_are_copies():
    hits = np.repeat(np.random.default_rng(2).random(80) < 0.7, 4)
    groups = np.repeat([f"module {n}" for n in range(80)], 4)
    assert width(interval_of(hits, groups)) == pytest.approx(2 * width(interval_of(hits)), rel=0.25)


def test_whole_groups_are_drawn():
    groups = np.array(["a", "b", "a", "b", "c"])
    for rows in Resampling(np.zeros(5, int), groups, draws=30):
        counts = np.bincount(rows, minlength=5)
        assert counts[0] == counts[2]
        assert counts[1] == counts[3]


def test_stratified_draws_keep_the_count_of_every_class():
    truth = np.array([0] * 5 + [1] * 20)
    for rows in Resampling(truth, stratified=True, draws=20):
        assert np.bincount(truth[rows]).tolist() == [5, 20]
    plain = {int((truth[rows] == 0).sum()) for rows in Resampling(truth, draws=20)}
    assert len(plain) > 1


def test_a_rare_class_is_in_every_stratified_draw_so_that_the_metric_is_about_all_classes():
    truth = np.array([0] * 199 + [1])
    answers = np.zeros(200, int)
    sample = draw(lambda rows: balanced_accuracy(truth[rows], answers[rows]), Resampling(truth, stratified=True))
    assert set(sample) == {0.5}


def test_the_draws_are_the_same_every_time_so_that_comparisons_are_paired():
    resampling = Resampling(np.arange(10), draws=5)
    first, second = list(resampling), list(resampling)
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])


def test_an_interval_contains_its_value():
    for sample in (np.full(100, 0.2), np.random.default_rng(0).normal(1.0, 0.1, 500)):
        found = around(0.5, sample)
        assert found.low <= found.value <= found.high


def test_all_right_is_not_certain():
    everything = proportion(1.0, 50)
    assert everything.value == everything.high == 1.0
    assert 0.9 < everything.low < 0.95


def test_a_proportion_has_wilsons_interval():
    found = proportion(0.8, 100)
    wilson = stats.binomtest(80, 100).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high))


def test_stretched_intervals_are_those_of_fewer_rows():
    assert proportion(0.8, 100, stretch=2.0) == proportion(0.8, 25)
    sample = np.random.default_rng(0).normal(0.5, 0.1, 2000)
    assert width(around(0.5, sample, stretch=2.0)) == pytest.approx(2 * width(around(0.5, sample)))


def test_a_cross_fitted_test_tells_less_the_fewer_its_rows():
    stretches = [cross_fitted_stretch(rows) for rows in (60, 200, 600)]
    assert stretches == sorted(stretches, reverse=True)
    assert 1.0 < stretches[-1] < 1.03
    assert stretches[0] > 1.15


def test_the_detectable_difference_is_found_four_times_in_five():
    rng = np.random.default_rng(3)
    spread = 0.02
    smallest = detectable(spread)
    assert smallest == pytest.approx(2.8 * spread, rel=0.01)
    found = np.mean(np.abs(rng.normal(smallest, spread, 4000)) > 1.96 * spread)
    assert found == pytest.approx(0.8, abs=0.03)


def test_an_interval_is_three_numbers_by_name():
    assert Interval(0.5, 0.4, 0.6).to_json() == {"value": 0.5, "low": 0.4, "high": 0.6}


def test_the_difference_of_two_shares_has_newcombes_interval():
    # The example of Newcombe (1998), method 10: 56 of 70 against 48 of 80.
    found = difference(proportion(56 / 70, 70), proportion(48 / 80, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_groups_of_one_class_are_drawn_within_it_so_that_no_class_is_left_out():
    truth, groups = np.array([0] * 30 + [1, 1, 1]), np.array([*range(30), 30, 30, 31])
    for rows in Resampling(truth, groups, stratified=True, draws=40):
        assert len(set(truth[rows])) == 2
    mixed = groups.copy()
    mixed[0] = 31
    assert any(len(set(truth[rows])) == 1 for rows in Resampling(truth, mixed, stratified=True, draws=40))


def test_draws_of_groups_ask_for_longer_intervals_and_draws_of_rows_do_not():
    truth = np.zeros(40, int)
    assert Resampling(truth).stretch == 1.0
    assert Resampling(truth, np.arange(40) // 10).stretch > 1.5
    with pytest.raises(NotApplicable, match="one group"):
        assert Resampling(truth, truth).stretch


def test_an_interval_is_no_surer_than_another_nor_beyond_what_values_can_be():
    found = no_surer_than(Interval(0.9, 0.88, 0.95), Interval(0.5, 0.3, 0.52))
    assert (found.low, found.value, found.high) == (pytest.approx(0.7), 0.9, 0.95)
    assert within_reach(Interval(0.9, -0.2, 1.3), 0.0, 1.0) == Interval(0.9, 0.0, 1.0)


def test_draws_on_which_the_statistic_is_no_number_are_left_out():
    sample = np.random.default_rng(0).normal(size=400)
    with_gaps = np.concatenate([sample, [np.nan, np.nan]])
    assert around(0.0, with_gaps) == around(0.0, sample)
    none = around(0.5, np.full(9, np.nan))
    assert (none.value, np.isnan(none.low), np.isnan(none.high)) == (0.5, True, True)


def test_no_interval_makes_another_none():
    found = no_surer_than(Interval(0.5, 0.4, 0.6), Interval(0.5, np.nan, np.nan))
    assert np.isnan([found.low, found.high]).all()
