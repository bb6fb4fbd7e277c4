import re

import numpy as np

from warmstart.diagnoses.calibration import Calibration
from warmstart.diagnoses.out_of_distribution import OutOfDistribution
from warmstart.report.sureness import reliability_figure, sureness, trade_figure

CURVE = [{"coverage": 0.2, "error": 0.02}, {"coverage": 0.6, "error": 0.06}, {"coverage": 1.0, "error": 0.14}]
CHOSEN = {
    "abstain_below": 0.8,
    "curve": CURVE,
    "coverage": {"value": 0.6, "low": 0.56, "high": 0.64},
    "error_answered": {"value": 0.06, "low": 0.04, "high": 0.09},
}


def told():
    return {"findings": [finding.to_json() for finding in Calibration().diagnose(Calibration.example()[0])]}


def test_says_what_was_found_of_probabilities_in_order():
    section = sureness(told())
    assert [one.kind for one in section.told] == ["warning", "passed", "not-applicable"]
    assert section.told[0].sentence.startswith("Its probabilities are too sure")
    assert section.reliability is not None


def test_says_how_unlike_the_test_rows_are():
    finding = OutOfDistribution().diagnose(OutOfDistribution.example()[0])[0].to_json()
    assert [one.kind for one in sureness({"findings": [finding]}).told] == ["warning"]


def test_the_reliability_figure_has_a_mark_and_an_interval_a_bin():
    bins = [{"rows": 50, "sure": s, "right": {"value": s - 0.1, "low": s - 0.2, "high": s}} for s in (0.6, 0.8, 0.95)]
    drawn = str(reliability_figure(bins))
    assert drawn.count("<circle") == 3
    assert "80.0 % sure, 70.0 % (60.0–80.0) right, 50 rows" in drawn
    assert 'class="ideal"' in drawn


def test_the_curve_rises_to_the_right_and_the_threshold_is_ringed():
    drawn = str(trade_figure(CHOSEN))
    points = np.array([pair.split() for pair in re.search(r'd="M([^"]+)"', drawn)[1].split("L")], dtype=float)
    assert (np.diff(points[:, 0]) > 0).all()
    assert (np.diff(points[:, 1]) < 0).all()
    assert 'class="ring"' in drawn
    assert "at least 80.0 % sure" in drawn


def test_without_a_threshold_the_curve_stands_alone():
    drawn = str(trade_figure({"curve": CURVE}))
    assert 'class="ring"' not in drawn
    assert "From 14.0 % errors where every row is answered." in drawn


def test_what_was_not_measured_is_not_drawn():
    assert sureness({"findings": []}) is None
    assert reliability_figure(()) is None
    assert trade_figure({"curve": CURVE[:1]}) is None
