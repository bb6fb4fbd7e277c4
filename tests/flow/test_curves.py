from dataclasses import replace

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Majority, Partial, Probe, Scratch
from warmstart.core.evidence import CurvePoint
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.curves import across_folds, learning_curves
from warmstart.flow.race import Race
from warmstart.flow.trial import Heat, Trial

ROWS = 200
FITTED, TESTED = np.arange(150), np.arange(150, 200)
ASKED = []


class Words(Majority):
    name, learns = "words", True


class Noting(Probe):
    """A probe that remembers what it was asked."""

    def fit(self, material, assignment):
        ASKED.append(assignment)
        return super().fit(material, assignment)


def bench(**changes):
    tiny_race.FITTED.clear()
    ASKED.clear()
    made = tiny_race.bench()
    made.prepared = {"words": "prepared", "majority": "prepared", "scratch": "prepared"}
    made.pays_for = changes.get("pays_for", lambda step: True)
    return made


def ready(part, share, *, epochs=0, setting=None):
    adapted = Answers(np.arange(ROWS) % 2, share, penalty=0.1)
    trial = Trial(part.name, part(), setting or {}, epochs, adapted=adapted, value=share)
    return Ready(trial, adapted, 1.0, np.ones(2))


def curves(candidate=None, control=None, made=None):
    made = made or bench()
    race = Race(made, Heat("main", np.arange(110), np.arange(110, 150)))
    probe = ready(Noting, 0.82, setting={"stages": "all", "cut": "top"}).trial
    race.trials = [replace(probe, name="probe all", loss=0.3)]
    candidate = candidate or replace(ready(Probe, 0.82), trial=probe)
    return learning_curves(made, race, Choice(candidate, control or ready(Words, 0.6)), FITTED, TESTED)


def of(found, model):
    return [point for point in found.values() if point.model == model]


@pytest.mark.parametrize("model", ["control", "delivered"])
def test_a_curve_grows_to_all_fitted_rows(model):
    points = of(curves(), model)
    sizes = [point.labels for point in points]
    assert sizes == sorted(sizes)
    assert sizes[0] == pytest.approx(len(FITTED) / 8, abs=1)
    assert sizes[-1] == len(FITTED)
    assert {len(point.codes) for point in points} == {len(TESTED)}
    assert {point.stand_in for point in points} == {""}
    assert [point.share for point in points] == [1 / 8] * 3 + [1 / 4] * 2 + [1 / 2] * 2 + [1.0]


def test_no_test_row_is_fitted_on_and_repeats_are_of_other_rows():
    curves()
    assert ASKED
    assert tiny_race.FITTED
    drawn = [assignment.rows for assignment in ASKED] + [rows for _, rows, _ in tiny_race.FITTED]
    assert all(set(rows) < set(FITTED) for rows in drawn)
    assert not np.array_equal(ASKED[0].rows, ASKED[1].rows)


def test_choices_made_on_validation_are_repeated_the_penalty_with_the_same_sum_over_fewer_rows():
    curves()
    controls = [(len(rows), terms.learned["penalty"]) for _, rows, terms in tiny_race.FITTED]
    probes = [(len(assignment.rows), assignment.setting["penalty"]) for assignment in ASKED]
    for rows, penalty in (*controls, *probes):
        assert penalty * rows == pytest.approx(0.1 * len(FITTED))
    assert {assignment.setting["stages"] for assignment in ASKED} == {"all"}


def test_the_probe_stands_in_for_a_model_that_was_trained_in_epochs():
    points = of(curves(candidate=ready(Partial, 0.9, epochs=2, setting={"cut": "top"})), "delivered")
    assert {point.stand_in for point in points} == {"probe all"}
    assert points[-1].labels == len(FITTED)
    assert len(ASKED) == len(points)


@pytest.mark.parametrize("part", [Majority, Scratch])
def test_a_control_that_is_constant_or_trained_has_no_curve(part):
    found = curves(control=ready(part, 0.6))
    assert not of(found, "control")
    assert of(found, "delivered")


def test_where_the_control_is_delivered_its_curve_is_that_of_both():
    found = curves(control=ready(Words, 0.95))
    one, other = of(found, "control"), of(found, "delivered")
    assert [point.codes.tolist() for point in one] == [point.codes.tolist() for point in other]
    assert not ASKED


def test_a_share_that_lacks_a_class_is_left_out():
    made = bench()
    made.material.codes[1:160:2] = 0
    made.material.codes[3] = 1
    points = of(curves(made=made), "control")
    assert len(points) < 8
    assert points[-1].labels == len(FITTED)


def test_once_the_budget_is_spent_no_curve_is_measured():
    assert curves(made=bench(pays_for=lambda step: False)) == {}


def test_points_of_outer_folds_are_put_together_so_that_each_answers_every_row():
    rows = np.array([2, 5, 7, 9])
    key, only = ("control", 0.5, 0), ("control", 0.25, 0)
    first = {key: CurvePoint("control", 40, np.array([1, 0])), only: CurvePoint("control", 20, np.array([1, 1]))}
    second = {key: CurvePoint("control", 42, np.array([0, 1]), "probe all")}
    (found,) = across_folds([(np.array([2, 9]), first), (np.array([5, 7]), second)], rows)
    assert (found.model, found.labels, found.stand_in, found.share) == ("control", 41, "probe all", 0.5)
    assert found.codes.tolist() == [1, 0, 1, 0]
