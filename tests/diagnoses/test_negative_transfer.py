from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.evidence import Predictions
from warmstart.diagnoses.negative_transfer import NegativeTransfer
from warmstart.errors import NotApplicable

HARMS, HELPS = NegativeTransfer.example()


def only(evidence):
    [finding] = NegativeTransfer().diagnose(evidence)
    return finding


def test_a_candidate_worse_than_its_control_is_harm():
    finding = only(HARMS)
    assert finding.severity == "harm"
    assert finding.sentence.startswith("Transfer harms: accuracy -")
    assert finding.sentence.endswith("on 400 test rows).")
    assert finding.remedy == "Try a source nearer to the task with --source."


def test_says_that_the_control_is_delivered_where_it_is():
    assert only(replace(HARMS, chosen="control")).remedy.endswith("The control is what is delivered.")


def test_on_new_data_advises_nothing_that_cannot_be_done_there():
    assert only(replace(HARMS, evaluation="new data")).remedy == "Label more rows, and fit again with another source."


def test_a_better_candidate_passes_and_needs_no_remedy():
    finding = only(HELPS)
    assert (finding.severity, finding.remedy) == ("passed", "")
    assert finding.sentence.startswith("Transfer helps: accuracy +")


def test_equal_answers_are_no_evidence_and_more_rows_are_advised():
    same = HARMS.predictions["control"]
    finding = only(replace(HARMS, predictions={"candidate": same, "control": same}))
    assert finding.severity == "warning"
    assert "shows no evidence of helping: accuracy +0.0 points" in finding.sentence
    assert "Label more test rows" in finding.remedy


def test_the_numbers_are_those_of_the_sentence():
    finding = only(HARMS)
    numbers = finding.numbers
    assert numbers["verdict"] == "harms"
    assert numbers["low"] <= numbers["value"] <= numbers["high"] < 0 < numbers["detectable"]
    assert f"{100 * numbers['value']:+.1f} points" in finding.sentence
    assert f"({100 * numbers['low']:+.1f} to {100 * numbers['high']:+.1f}" in finding.sentence


@pytest.mark.parametrize(("metric", "said"), [("macro_f1", "macro f1"), ("balanced_accuracy", "balanced accuracy")])
def test_the_metric_of_the_task_judges(metric, said):
    truth = np.array([0] * 360 + [1] * 40)
    lazy, able = np.zeros(400, int), truth.copy()
    able[:60] = 1
    answers = {name: Predictions(np.eye(2)[codes], codes) for name, codes in (("candidate", able), ("control", lazy))}
    given = replace(HARMS, truth=truth, predictions=answers)
    assert only(given).severity == "harm"
    assert only(replace(given, metric=metric)).severity == "passed"
    assert said in only(replace(given, metric=metric)).sentence


def test_another_controls_answers_do_not_matter():
    others = {**HELPS.predictions, "hog": Predictions(np.eye(2)[HELPS.truth], HELPS.truth)}
    assert only(replace(HELPS, predictions=others)) == only(HELPS)


def test_of_one_group_it_is_not_applicable():
    with pytest.raises(NotApplicable, match="belong together in one group"):
        NegativeTransfer().diagnose(replace(HELPS, groups=np.zeros(400, int)))
