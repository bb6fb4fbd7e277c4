from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.evidence import CurvePoint
from warmstart.diagnoses.label_budget import LabelBudget
from warmstart.errors import NotApplicable

FIRES, SILENT = LabelBudget.example()


def finding(evidence):
    (found,) = LabelBudget().diagnose(evidence)
    return found


def with_errors(*errors, rows=1000):
    """Return evidence whose curve has these errors, each the rows of a smaller one and more."""
    points = []
    for point, error in zip(FIRES.curve, errors, strict=True):
        codes = np.where(np.arange(1000) % 100 < 100 * error, 1 - FIRES.truth, FIRES.truth)
        points.append(replace(point, codes=codes))
    one = replace(FIRES, curve=tuple(points), predictions={"probe": replace_codes(points[-1].codes)})
    return one if rows == 1000 else shortened(one, rows)


def replace_codes(codes):
    return replace(FIRES.predictions["probe"], codes=codes)


def shortened(one, rows):
    keep = np.random.default_rng(0).permutation(1000)[:rows]
    return replace(
        one,
        ids=one.ids[:rows],
        truth=one.truth[keep],
        predictions={"probe": replace_codes(one.predictions["probe"].codes[keep])},
        curve=tuple(CurvePoint(point.model, point.labels, point.codes[keep]) for point in one.curve),
    )


def test_says_how_many_more_labels_bring_a_round_percent():
    said = finding(FIRES)
    assert said.sentence.startswith("About ")
    assert " more labels (" in said.sentence
    assert "would bring 83 %" in said.sentence
    assert said.numbers["target"] == 0.83
    assert said.numbers["more_low"] <= said.numbers["more"] <= said.numbers["more_high"]


def test_says_from_where_on_little_is_gained():
    said = finding(with_errors(0.3, 0.2, 0.15, 0.13))
    assert "little is gained (doubling them brings less than half a point)" in said.sentence


def test_a_flat_curve_is_enough_labels():
    said = finding(SILENT)
    assert said.severity == "passed"
    assert said.sentence.startswith("More labels would bring little: 4 times as many (3,200)")


def test_says_when_it_is_too_uncertain_to_say():
    said = finding(with_errors(0.30, 0.26, 0.27, 0.24, rows=60))
    assert said.severity == "note"
    assert said.sentence.startswith("What more labels would bring is too uncertain to say")


def test_says_with_what_the_curve_of_a_trained_model_was_measured():
    points = tuple(replace(point, stand_in="probe all") for point in FIRES.curve)
    said = finding(replace(FIRES, curve=points))
    assert "that of the probe it started from (probe all)" in said.sentence


def test_without_a_curve_it_says_why():
    with pytest.raises(NotApplicable, match="has no learning curve"):
        LabelBudget().diagnose(replace(FIRES, curve=()))


def test_on_new_data_it_says_when_it_is_measured():
    with pytest.raises(NotApplicable, match="measured when a model is fitted"):
        LabelBudget().diagnose(replace(FIRES, curve=(), evaluation="updated"))


@pytest.mark.parametrize(("evaluation", "again"), [("held-out", True), ("cross-fitted", False)])
def test_an_earlier_split_is_advised_only_where_there_is_one_to_use_again(evaluation, again):
    said = finding(replace(with_errors(0.2, 0.18, 0.17, 0.16), evaluation=evaluation))
    assert said.severity == "note"
    assert ("--split-from" in said.remedy) == again
