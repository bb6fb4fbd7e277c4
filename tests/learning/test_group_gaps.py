import numpy as np
import pytest

from warmstart.core.evidence import Predictions
from warmstart.learning.group_gaps import excess, holm, judge, measured, shows, shuffled
from warmstart.learning.groups import groups_of
from warmstart.learning.intervals import Resampling
from warmstart.learning.metrics import METRICS, accuracy, balanced_accuracy

ROWS = 400


def answers(truth, wrong, seed=100, sure=0.8):
    codes = np.where(np.random.default_rng(seed).random(len(truth)) < wrong, (truth + 1) % 3, truth)
    rest = (1 - sure) / 2
    return Predictions(np.where(np.arange(3) == codes[:, None], sure, rest), codes)


def rows(seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(3, size=ROWS), np.array(["a", "b"])[rng.integers(2, size=ROWS)]


def both(truth, kind, found, metric="accuracy", **options):
    groups = groups_of({"kind": kind})
    return measured(groups, truth, found, metric, Resampling(truth, draws=300)), judge(
        groups, truth, found, metric, permutations=300, **options
    )


@pytest.mark.parametrize("metric", list(METRICS))
def test_a_group_is_measured_as_its_rows_alone_would_be(metric):
    truth, kind = rows()
    found = answers(truth, 0.2)
    groups = groups_of({"kind": kind})
    model = measured(groups, truth, found, metric, Resampling(truth, draws=5))
    for place, group in enumerate(groups.judged):
        inside = kind == group.value
        own = [METRICS[metric](truth[side], found.codes[side]) for side in (inside, ~inside)]
        assert model.inside[place, 0] == pytest.approx(own[0])
        assert model.gap[place, 0] == pytest.approx(own[0] - own[1])
        of_class = inside & (truth == 1)
        assert model.inside[place, 2] == pytest.approx(np.mean(found.codes[of_class] == 1))
        assert model.inside[place, -1] == pytest.approx(0.8 - accuracy(truth[inside], found.codes[inside]))


def test_draws_lie_around_the_value():
    truth, kind = rows()
    model, _ = both(truth, kind, answers(truth, 0.2))
    np.testing.assert_allclose(model.gap_draws.mean(axis=0), model.gap, atol=0.02)
    assert (model.gap_draws.std(axis=0) > 0.01).all()


def test_at_equal_class_shares_errors_on_one_class_are_no_gap():
    rng = np.random.default_rng(0)
    kind = np.array(["a", "b"]).repeat(2000)
    truth = (rng.random(4000) < np.where(kind == "a", 0.2, 0.8)).astype(int)
    found = answers(truth, np.where(truth == 1, 0.4, 0.05), seed=1)
    model, _ = both(truth, kind, found)
    assert abs(model.gap[0, 0]) > 0.15
    assert abs(model.matched[0, 0]) < 0.03


def test_a_recall_of_few_rows_is_not_a_number():
    truth, kind = rows()
    truth[truth == 2] = 0
    truth[:5] = 2
    model, judged = both(truth, kind, answers(truth, 0.2))
    assert np.isnan(model.gap[:, 3]).all()
    assert (judged.p[:, 3] == 1.0).all()


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_a_gap_is_found_and_two_groups_mirror_each_other(metric):
    truth, kind = rows()
    model, judged = both(truth, kind, answers(truth, np.where(kind == "b", 0.35, 0.05)), metric)
    assert (judged.p[:, 0] <= 0.01).all()
    np.testing.assert_allclose(model.gap[0], -model.gap[1])
    np.testing.assert_allclose(judged.z[0], -judged.z[1], atol=1e-9)
    assert abs(model.gap[0, 0]) > judged.detectable[0, 0]


def test_error_rates_that_cancel_in_accuracy_are_found():
    truth, kind = np.tile([0, 1], 200), np.array(["a", "a", "b", "b"] * 100)
    leans = np.where((kind == "a") == (truth == 0), 0.02, 0.3)
    model, judged = both(truth, kind, answers(truth, leans))
    assert judged.p[0, 0] > 0.05
    assert (judged.p[0, 1:3] <= 0.01).all()
    assert model.gap[0, 1] * model.gap[0, 2] < 0


def test_overconfidence_in_one_group_is_found():
    truth, kind = rows()
    found = answers(truth, 0.2)
    proba = np.where((kind == "a")[:, None], found.proba, answers(truth, 0.2, sure=0.99).proba)
    _, judged = both(truth, kind, Predictions(proba, found.codes))
    assert judged.p[0, -1] <= 0.01
    assert judged.p[0, 0] > 0.05


def test_many_groups_without_a_gap_make_few_alarms():
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth, kind = rng.integers(2, size=ROWS), rng.integers(6, size=ROWS).astype(str)
        groups = groups_of({"kind": kind})
        alarms += bool(
            (judge(groups, truth, answers(truth, 0.2, 1000 + seed), "accuracy", permutations=100).p <= 0.05).any()
        )
    assert alarms <= 8


def test_rows_that_belong_together_are_moved_together():
    pattern, units = np.array([0, 0, 1, 1, 2, 2]), np.array([7, 7, 8, 8, 9, 9])
    for moved in shuffled(pattern, pattern, units, 20, seed=0):
        assert (moved[::2] == moved[1::2]).all()
        assert sorted(moved) == sorted(pattern)


def test_where_groups_of_rows_hold_several_values_rows_move_within_them():
    pattern, units = np.array([0, 1, 1, 0]), np.array([7, 7, 8, 8])
    for moved in shuffled(pattern, pattern, units, 20, seed=0):
        assert sorted(moved[:2]) == sorted(moved[2:]) == [0, 1]


def test_copies_in_two_groups_stay_and_all_other_rows_change_places_within_their_class():
    pattern, truth = np.tile([0, 1], 20), np.repeat([0, 1], 20)
    units = np.arange(40)
    units[1] = 0
    moved = np.array(list(shuffled(pattern, truth, units, 50, seed=0)))
    assert (np.sort(moved[:, :2], axis=1) == [0, 1]).all()
    assert (moved[:, 2:] != pattern[2:]).any(axis=0).all()
    assert (moved[:, truth == 0].sum(axis=1) == 10).all()


def test_within_classes_the_shares_of_every_class_stay():
    truth, kind = rows()
    pattern = (kind == "b").astype(int)
    moved = next(shuffled(pattern, truth, None, 1, seed=0))
    assert (moved != pattern).any()
    for code in range(3):
        assert moved[truth == code].sum() == pattern[truth == code].sum()


def test_a_larger_gap_exceeds_and_an_equal_one_does_not():
    truth, kind = rows()
    gap = np.where(kind == "b", 0.3, 0.05)
    one, alike, none = (
        both(truth, kind, answers(truth, wrong, seed))[0] for seed, wrong in enumerate((gap, gap, 0.17))
    )
    assert excess(one, none)[0, 0] < 0.01
    assert excess(one, alike)[0, 0] > 0.05
    assert shows(alike, one.gap)[0, 0] < 0.01
    assert shows(none, one.gap)[0, 0] > 0.05


def test_holm_corrects_for_their_number():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.5])), [0.08, 0.03, 0.5])
    assert holm(np.zeros(0)).shape == (0,)


def test_a_class_that_a_group_lacks_does_not_count_against_it():
    truth = np.array([0] * 60 + [1] * 40)
    kind = np.array(["a"] * 40 + ["b"] * 60)
    found = answers(truth, 0.2)
    model, _ = both(truth, kind, found, "balanced_accuracy")
    place = 1 if groups_of({"kind": kind}).judged[1].value == "a" else 0
    assert model.inside[place, 0] == pytest.approx(balanced_accuracy(truth[:40], found.codes[:40]))


def in_units(units, truth, kind, wrong, seed=0, **options):
    groups = groups_of({"kind": kind})
    return measured(
        groups, truth, answers(truth, wrong, seed), "accuracy", Resampling(truth, units, draws=300), **options
    )


def test_rows_of_one_unit_have_no_interval_and_show_nothing():
    truth, kind = rows()
    gap, alone = np.where(kind == "b", 0.3, 0.05), np.zeros(ROWS, int)
    one, none = (in_units(alone, truth, kind, wrong) for wrong in (gap, 0.17))
    assert np.isnan(one.inside_stretch).all()
    assert np.isnan(one.gap_stretch).all()
    assert (excess(one, none) == 1.0).all()
    assert (shows(one, one.gap) == 1.0).all()


def test_draws_that_never_differ_do_not_make_a_gap_certain():
    truth, kind = rows()
    model, _ = both(truth, kind, answers(truth, np.where(kind == "b", 1.0, 0.0)))
    assert (shows(model, model.gap)[:, 0] == 1.0).all()


def test_few_units_and_a_cross_fitted_test_lengthen_what_the_draws_show():
    truth, kind = rows()
    few, gap = np.arange(ROWS) % 6, np.where(kind == "b", 0.14, 0.1)
    plain = in_units(None, truth, kind, gap)
    grouped = in_units(few, truth, kind, gap)
    longer = in_units(few, truth, kind, gap, stretch=2.0)
    assert (plain.gap_stretch == 1.0).all()
    np.testing.assert_allclose(grouped.gap_stretch, Resampling(truth, few).stretch)
    np.testing.assert_allclose(longer.gap_stretch, 2 * grouped.gap_stretch)
    np.testing.assert_array_equal(longer.gap_draws, grouped.gap_draws)
    assert (shows(longer, longer.gap)[:, 0] > shows(grouped, grouped.gap)[:, 0]).all()


def test_a_group_that_lies_in_one_unit_has_no_interval_and_neither_has_its_gap():
    truth, kind = rows()
    units = np.where(kind == "a", 0, 1 + np.arange(ROWS) % 30)
    model = in_units(units, truth, kind, 0.2)
    assert np.isnan(model.inside_stretch).tolist() == [group.value == "a" for group in groups_of({"kind": kind}).judged]
    assert np.isnan(model.gap_stretch).all()


def test_draws_without_a_row_of_a_group_are_left_out():
    kind = np.repeat(["a", "a", "b", "b"], 100)
    truth, units = np.arange(ROWS) % 3, np.repeat(np.arange(4), 100)
    model = in_units(units, truth, kind, np.where(kind == "b", 0.5, 0.02))
    assert np.isnan(model.gap_draws).any()
    assert (shows(model, model.gap)[:, 0] < 1.0).all()


def test_permutations_that_empty_a_class_do_not_end_the_test():
    unit = np.arange(ROWS) // 10
    kind = np.where(unit < 20, "a", "b")
    truth = np.where(np.isin(unit, [0, 1, 2, 20, 21, 22]), 2, np.arange(ROWS) % 2)
    truth[::10] = 0
    wrong = Predictions(np.eye(3)[truth] * 0.8 + 0.1, np.where((truth == 2) & (kind == "b"), 0, truth))
    judged = judge(groups_of({"kind": kind}), truth, wrong, "accuracy", units=unit, permutations=300)
    assert (judged.p[:, 3] < 0.2).all()
    assert np.isfinite(judged.detectable[:, 3]).all()
