from dataclasses import replace

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Majority, Partial, Probe, Scratch
from warmstart.flow import decide
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.decide import with_lead
from warmstart.flow.race import Race
from warmstart.flow.trial import Heat, Trial

HEAT = Heat("main", np.arange(140), np.arange(140, 200))
SETTING = {"stages": "last", "cut": "top"}
CONTROL = 0.6
"""What tiny_race's controls reach, wherever they are fitted."""


class Asked(Probe):
    """A probe that is not as good as it looked on validation, and remembers on which rows it was fitted."""

    name, share, rows = "asked", 0.5, []

    def fit(self, material, assignment):
        self.rows.append(assignment.rows)
        return super().fit(material, assignment)


@pytest.fixture(autouse=True)
def _parts(monkeypatch):
    tiny_race.replace_parts(monkeypatch)
    Asked.rows.clear()


def ready(part, on_validation, *, epochs=0):
    adapted = Answers(np.arange(tiny_race.ROWS) % 2, on_validation, penalty=0.1)
    return Ready(Trial(part.name, part(), SETTING, epochs, adapted, value=on_validation), adapted, 1.0, np.ones(2))


def decided(candidate, control):
    bench = tiny_race.bench()
    return with_lead(bench, Race(bench, HEAT), Choice(candidate, control))


def test_a_candidate_that_was_lucky_on_validation_is_not_delivered():
    named = Choice(ready(Asked, 0.9), ready(Majority, 0.6))
    assert not named.delivers_control
    choice = decided(named.candidate, named.control)
    assert choice.lead == pytest.approx(Asked.share - CONTROL, abs=0.02)
    assert choice.delivered is named.control


def test_a_candidate_that_was_unlucky_on_validation_is_delivered():
    choice = decided(ready(Probe, 0.5), ready(Majority, 0.6))
    assert choice.lead == pytest.approx(Probe.share - CONTROL, abs=0.02)
    assert choice.delivered is choice.candidate


def test_every_row_is_answered_by_a_fit_that_did_not_see_it():
    decided(ready(Asked, 0.9), ready(Majority, 0.6))
    left_out = [np.setdiff1d(HEAT.fitted, rows) for rows in Asked.rows]
    assert len(left_out) == decide.FOLDS
    assert sorted(np.concatenate(left_out)) == HEAT.fitted.tolist()


def test_what_is_trained_is_judged_on_validation_alone():
    for candidate, control in (
        (ready(Partial, 0.9, epochs=2), ready(Majority, 0.6)),
        (ready(Probe, 0.9), ready(Scratch, 0.6)),
    ):
        assert decided(candidate, control).lead is None


def test_many_validation_rows_decide_by_themselves(monkeypatch):
    monkeypatch.setattr(decide, "ENOUGH", 60)
    assert decided(ready(Asked, 0.9), ready(Majority, 0.6)).lead is None


def test_without_a_lead_validation_decides():
    choice = Choice(ready(Probe, 0.7), ready(Majority, 0.7))
    assert choice.delivers_control
    assert not replace(choice, lead=0.01).delivers_control


def test_validation_decides_where_no_time_is_left_to_fit_again():
    named = Choice(ready(Asked, 0.9), ready(Majority, 0.6))
    bench = tiny_race.bench()
    # The deadline is 95 s, delivery takes 10 s, and fitting both again by folds 5 × (0.5 + 0.5) s.
    bench.tools.run.seconds = 95 - 10 - 5.1
    assert with_lead(bench, Race(bench, HEAT), named).lead is not None
    bench = tiny_race.bench()
    bench.tools.run.seconds = 95 - 10 - 4.9
    assert with_lead(bench, Race(bench, HEAT), named) is named
