import numpy as np
import pytest

from tests.flow import tiny_race
from warmstart.core.evidence import DataFacts
from warmstart.errors import DataError
from warmstart.flow.choose import Ready, refit
from warmstart.flow.few_labels import are_few, require_enough, trained_rows, with_note
from warmstart.flow.race import Race
from warmstart.flow.split import OUTER_FOLDS, Rows
from warmstart.flow.trial import Heat, Trial


def rows(*counts):
    codes = np.repeat(np.arange(len(counts)), counts)
    return Rows(codes, codes, np.arange(len(codes)))


class Remembering(tiny_race.Answers):
    """Is right on the rows that it was fitted on, and wrong on all others."""

    def __init__(self, codes, fitted, **learned):
        super().__init__(codes, 1.0, **learned)
        self.fitted = fitted

    def predict_proba(self, inputs, asked):
        proba = super().predict_proba(inputs, asked)
        return np.where(np.isin(asked, self.fitted)[:, None], proba, proba[:, ::-1])


@pytest.mark.parametrize(
    ("counts", "strategies", "few"),
    [
        ((8, 8), ("auto",), True),
        ((20, 20), ("auto",), False),
        ((30, 5), ("auto",), True),
        ((8, 8), ("probe", "prototypes"), True),
        ((8, 8), ("probe", "contrastive"), True),
        ((8, 8), ("probe", "partial"), False),
    ],
)
def test_few_labels_a_class_are_recognised_unless_a_training_for_many_is_asked_for(counts, strategies, few):
    assert are_few(rows(*counts), 2, strategies) is few


def test_what_follows_from_few_labels_is_one_sentence():
    (note,) = with_note(DataFacts(), rows(8, 4), 2).notes
    assert (note.code, note.numbers) == ("few_labels", {"labels": 12, "classes": 2})
    assert note.sentence.startswith("There are 12 labels, 6.0 a class: this is few-shot.")


def test_candidates_and_controls_are_judged_on_rows_that_their_models_did_not_see(monkeypatch):
    tiny_race.replace_parts(monkeypatch)
    asked = []

    def fit(self, material, assignment):
        asked.append(assignment)
        return Remembering(material.codes, assignment.rows, penalty=0.1)

    monkeypatch.setattr(tiny_race.Probe, "fit", fit)
    monkeypatch.setattr(tiny_race.Majority, "fit", lambda self, m, p, rows, terms: Remembering(m.codes, rows))
    every = np.arange(24)
    race = Race(tiny_race.bench(tiny_race.plan(scratch=0), few=True), Heat("main", every, every))
    race.run()
    judged = [trial for trial in race.trials if trial.finished]
    assert {trial.part.name for trial in judged} == {"majority", "probe", "prototypes"}
    assert all(trial.value == 0 for trial in judged)
    assert all(len(trial.proba) == 24 and np.allclose(trial.proba.sum(axis=1), 1) for trial in judged)
    assert all(one.setting["penalty"] == 0.1 for one in asked if len(one.rows) < 24)
    assert sum(len(one.rows) == 24 for one in asked) == 4


def test_what_is_trained_is_judged_by_the_outer_folds_and_never_twice_on_the_same_rows(monkeypatch):
    tiny_race.replace_parts(monkeypatch)
    asked = []

    def fit(self, material, assignment):
        asked.append(assignment)
        return Remembering(material.codes, assignment.rows)

    monkeypatch.setattr(tiny_race.Probe, "fit", lambda self, m, one: Remembering(m.codes, one.rows))
    monkeypatch.setattr(tiny_race.Partial, "fit", fit)
    bench = tiny_race.bench(tiny_race.plan(("top", 4), scratch=0), few=True)
    every = np.arange(tiny_race.ROWS)
    outer = bench.rows.outer_folds(seed=0)
    heats = [(f"fold {fold}", every[outer != fold]) for fold in range(OUTER_FOLDS)]
    for scope, kept in [*heats, ("main", every)]:
        race = Race(bench, Heat(scope, kept, kept))
        race.run()
        assert next(trial for trial in race.trials if trial.epochs).value == 0
    fitted = {one.rows.tobytes() for one in asked}
    assert len(fitted) == len(asked) == OUTER_FOLDS * (OUTER_FOLDS - 1) / 2 + OUTER_FOLDS + 1
    assert sum(len(one.rows) for one in asked) / (OUTER_FOLDS + 1) == pytest.approx(trained_rows(len(every)), abs=1)
    assert all(one.start.fitted.tolist() == one.rows.tolist() for one in asked)
    assert len({one.checkpoint for one in asked}) == len(asked)


def test_closed_forms_come_in_the_settings_that_suit_few_rows(monkeypatch):
    tiny_race.replace_parts(monkeypatch)
    suited = [{"stages": "upper", "cut": "top"}]
    monkeypatch.setattr(tiny_race.Probe, "settings_for_few", lambda self, backbone: suited)
    every = np.arange(24)
    race = Race(tiny_race.bench(tiny_race.plan(scratch=0), few=True), Heat("main", every, every))
    race.run()
    assert {trial.name for trial in race.trials if not trial.is_control} == {"probe upper", "prototypes upper"}


def test_the_chosen_model_is_fitted_on_every_row_once():
    every = np.arange(24)
    bench = tiny_race.bench(few=True)
    race = Race(bench, Heat("main", every, every))
    adapted = Remembering(bench.material.codes, every)
    ready = Ready(Trial("probe all", tiny_race.Probe(), adapted=adapted), adapted, 1.0, np.ones(2))
    assert race.heat.fitted.tolist() == every.tolist()
    assert refit(bench, race, ready) is ready


def test_fewer_than_three_labels_a_class_are_refused_where_no_test_part_is_named():
    require_enough(rows(3, 3), 2)
    with pytest.raises(DataError, match=r"at least 3 labelled rows a class.* Got 2 rows of 2 classes\. Label more\."):
        require_enough(rows(1, 1), 2)


def test_fewer_groups_than_outer_folds_are_refused_where_no_test_part_is_named():
    codes = np.arange(40) % 2
    require_enough(Rows(codes, codes, np.arange(40) % 5), 2)
    with pytest.raises(DataError, match=r"at least 5 groups.* Got 4\. Name test rows with --test"):
        require_enough(Rows(codes, codes, np.arange(40) % 4), 2)
