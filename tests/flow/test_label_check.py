import csv
import io

import numpy as np
import pytest

from tests import tiny_tasks
from tests.flow import tiny_race
from warmstart.core.split import Split
from warmstart.diagnoses.label_noise import LabelNoise
from warmstart.flow import label_check
from warmstart.flow.label_check import as_csv, as_json, check_labels, suspects
from warmstart.flow.race import Race
from warmstart.flow.split import Rows
from warmstart.flow.trial import Heat, Trial
from warmstart.learning import many_rows
from warmstart.strategies.probe import Probe

FIRES, SILENT = LabelNoise.example()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_tasks.images(tmp_path_factory.mktemp("label-check"))


def bench(tiny, *, pays=True):
    made = tiny_race.bench()
    codes = tiny.material.codes
    made.material, made.rows = tiny.material, Rows(codes, codes, np.arange(len(codes)))
    made.split = Split(np.where(np.arange(len(codes)) < 30, "train", "test").astype("<U12"))
    made.pays_for = lambda step: pays
    return made


def race(made, tiny):
    names = "+".join(stage.name for stage in tiny.material.backbone.stages)
    adapted = tiny_race.Answers(tiny.material.codes, 0.9, penalty=1e-3, stages=names)
    return Race(made, Heat("main", tiny.train, tiny.held), [Trial("probe all", Probe(), adapted=adapted, loss=0.3)])


def test_every_labelled_row_is_answered_by_a_probe_that_never_saw_it(tiny):
    made = bench(tiny)
    made.rows.codes[5] = -1
    found = check_labels(made, race(made, tiny))
    made.rows.codes[5] = 1
    assert len(found.ids) == len(found.parts) == len(found.given) == len(found.proba) == 39
    assert "row 5" not in found.ids
    assert set(found.parts) == {"train", "test"}
    np.testing.assert_allclose(found.proba.sum(axis=1), 1.0, atol=1e-6)
    assert np.mean(found.proba.argmax(axis=1) == found.given) > 0.6


def test_of_very_many_rows_the_sample_has_the_penalty_that_was_chosen_on_as_many(tiny, monkeypatch):
    asked = []
    monkeypatch.setattr(many_rows, "MANY", len(tiny.train) // 3)
    answer = label_check.cross_validated_proba

    def noting(*given, penalty):
        asked.append(penalty)
        return answer(*given, penalty=penalty)

    monkeypatch.setattr(label_check, "cross_validated_proba", noting)
    check_labels(bench(tiny), race(bench(tiny), tiny))
    assert asked == [pytest.approx(1e-3 * len(tiny.train) / (len(tiny.train) // 3))]


def test_once_the_budget_is_spent_no_label_is_checked(tiny):
    made = bench(tiny, pays=False)
    assert check_labels(made, race(made, tiny)) is None


def test_suspects_are_ordered_and_carry_both_labels():
    found = suspects(FIRES)
    assert [one.rank for one in found] == list(range(1, 11))
    assert {one.id for one in found} == {f"{row}.png" for row in range(10)}
    margins = [one.p_given - one.p_suggested for one in found]
    assert margins == sorted(margins)
    assert all(one.given != one.suggested for one in found)
    assert suspects(SILENT) == []


def test_the_table_has_a_row_a_suspect():
    lines = list(csv.DictReader(io.StringIO(as_csv(suspects(FIRES)))))
    assert len(lines) == 10
    assert set(lines[0]) == {"rank", "id", "part", "given", "suggested", "p_given", "p_suggested"}
    assert as_csv([]).startswith("rank,id,part,")


def test_the_result_counts_them_all():
    listed = as_json(suspects(FIRES))
    assert listed["count"] == len(listed["rows"]) == 10
