from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_evidence
from warmstart.core.evidence import CurvePoint
from warmstart.errors import NotApplicable
from warmstart.learning.learning_curve import PowerLaws, drawn_curve, fit_power_laws, forecast

ROWS = 600
TRUTH = np.arange(ROWS) % 3
SIZES = (100, 200, 400, 800)


def wrong(error, *, seed=0):
    """Return codes of which a share is wrong; under one seed, those of a smaller share are among them."""
    missed = np.random.default_rng(seed).permutation(np.arange(ROWS) < round(error * ROWS))
    return np.where(missed, (TRUTH + 1) % 3, TRUTH)


def evidence(errors, *, now=None, stand_in="", seeds=(0,)):
    points = [
        CurvePoint("probe", size, wrong(error, seed=seed), stand_in)
        for size, error in zip(SIZES, errors, strict=True)
        for seed in seeds
    ]
    last = tiny_evidence.predictions(wrong(errors[-1] if now is None else now), classes=3)
    roles = dict.fromkeys(("chosen", "candidate", "control"), "probe")
    return tiny_evidence.evidence(
        TRUTH, classes=("a", "b", "c"), **roles, predictions={"probe": last}, curve=tuple(points), labels=SIZES[-1]
    )


def law(sizes, *, rate, scale, floor):
    return tuple(floor + scale * size**-rate for size in sizes)


@pytest.mark.parametrize(("rate", "scale", "floor"), [(0.5, 3.0, 0.0), (0.5, 2.0, 0.1), (0.9, 9.0, 0.05)])
def test_points_of_a_power_law_give_it_back(rate, scale, floor):
    errors = np.array([law(SIZES, rate=rate, scale=scale, floor=floor)])
    found = fit_power_laws(np.array(SIZES, dtype=float), errors)
    np.testing.assert_allclose(found.error(3200), law([3200], rate=rate, scale=scale, floor=floor), rtol=0.01)


def test_a_curve_never_rises_and_never_falls_below_zero():
    errors = np.random.default_rng(0).uniform(0.01, 0.4, (200, 4))
    found = fit_power_laws(np.array(SIZES, dtype=float), errors)
    assert (found.floor >= 0).all()
    assert (found.scale >= 0).all()
    assert (found.error(3200) <= found.error(800)).all()


def test_the_labels_of_an_error_are_where_the_curve_has_it():
    laws = PowerLaws(np.array([0.5, 0.5]), np.array([3.0, 3.0]), np.array([0.0, 0.2]))
    assert laws.labels(np.array([0.1, 0.1])).tolist() == [pytest.approx(900.0), np.inf]


def test_a_flat_curve_never_reaches_a_lower_error():
    laws = PowerLaws(np.array([0.5]), np.array([0.0]), np.array([0.2]))
    assert laws.labels(np.array([0.1])).tolist() == [np.inf]
    assert laws.labels(np.array([0.3])).tolist() == [0.0]


def test_forecasts_what_the_law_gives_within_its_interval():
    errors = law(SIZES, rate=0.5, scale=4.0, floor=0.03)
    found = forecast(evidence(errors), "probe").metric(3200)
    assert found.low <= 1 - law([3200], rate=0.5, scale=4.0, floor=0.03)[0] <= found.high


def test_now_is_what_was_measured():
    found = forecast(evidence((0.4, 0.3, 0.25, 0.2)), "probe")
    assert found.metric(found.labels).value == pytest.approx(0.8)
    assert found.gain(found.labels).value == 0.0


def test_a_stand_in_gives_the_shape_and_the_model_its_own_level():
    own = forecast(evidence((0.4, 0.3, 0.25, 0.2)), "probe")
    other = forecast(evidence((0.4, 0.3, 0.25, 0.2), now=0.1, stand_in="probe all"), "probe")
    assert other.stand_in == "probe all"
    assert other.metric(800).value == pytest.approx(0.9)
    assert other.gain(3200).value == pytest.approx(own.gain(3200).value / 2, rel=0.05)


def test_repeats_that_differ_widen_the_forecast():
    steady = evidence((0.4, 0.3, 0.25, 0.2), seeds=(0, 0, 0))
    moved = [
        replace(point, codes=wrong(0.3 + 0.1 * (place % 3 - 1))) if point.labels == 200 else point
        for place, point in enumerate(steady.curve)
    ]
    spread = forecast(replace(steady, curve=tuple(moved)), "probe").gain(3200)
    plain = forecast(steady, "probe").gain(3200)
    assert spread.high - spread.low > 1.2 * (plain.high - plain.low)


def test_two_sizes_make_no_curve():
    one = evidence((0.4, 0.3, 0.25, 0.2))
    assert forecast(replace(one, curve=one.curve[:2]), "probe") is None
    assert drawn_curve(replace(one, curve=()), "probe") is None


def test_the_figure_gets_every_point_and_a_line_to_four_times_the_labels():
    found = drawn_curve(evidence((0.4, 0.3, 0.25, 0.2)), "probe")
    assert [point["labels"] for point in found["points"]] == list(SIZES)
    assert [point["value"] for point in found["points"]] == pytest.approx([0.6, 0.7, 0.75, 0.8])
    line = found["line"]
    assert (line[0]["labels"], line[-1]["labels"]) == (100, 3200)
    assert all(entry["low"] <= entry["value"] <= entry["high"] for entry in line)


def test_repeats_of_one_share_are_one_size_though_groups_make_them_of_other_sizes():
    steady = evidence((0.4, 0.3, 0.25, 0.2), seeds=(0, 0, 0))
    errors = {200: (0.2, 0.3, 0.4)}
    moved = tuple(
        replace(
            point,
            labels=point.labels + place % 3,
            share=point.labels / 800,
            codes=wrong(errors[200][place % 3]) if point.labels == 200 else point.codes,
        )
        for place, point in enumerate(steady.curve)
    )
    spread, plain = (forecast(replace(steady, curve=curve), "probe").gain(3200) for curve in (moved, steady.curve))
    assert spread.high - spread.low > 1.2 * (plain.high - plain.low)
    assert forecast(replace(steady, curve=moved[:6]), "probe") is None


def widths(**changes):
    found = forecast(replace(evidence((0.4, 0.3, 0.25, 0.2)), **changes), "probe").metric(1600)
    return found.high - found.low


def test_few_groups_and_a_cross_fitted_test_lengthen_the_interval():
    groups = np.random.default_rng(0).integers(6, size=ROWS)
    assert widths(evaluation="cross-fitted") > 1.01 * widths()
    assert widths(groups=groups, evaluation="cross-fitted") > 1.5 * widths(groups=groups)
    assert widths(groups=groups) > 1.2 * widths()


def test_one_group_does_not_say_what_more_labels_would_bring():
    one = replace(evidence((0.4, 0.3, 0.25, 0.2)), groups=np.zeros(ROWS, int))
    with pytest.raises(NotApplicable, match="the test rows belong together in one group, too few"):
        forecast(one, "probe")
    assert drawn_curve(one, "probe") is None
