from dataclasses import replace

import pytest

from warmstart.core.evidence import Forgetting, Measured
from warmstart.diagnoses.forgetting import ForgettingDiagnosis
from warmstart.errors import NotApplicable

FIRES, SILENT = ForgettingDiagnosis.example()
(ON,) = FIRES.forgetting.retained


def finding(*retained, head_labels=1000):
    kept = Forgetting("a" * 64, "b" * 64, head_labels, retained)
    (found,) = ForgettingDiagnosis().diagnose(replace(FIRES, forgetting=kept))
    return found


def test_an_unchanged_base_forgot_nothing():
    (found,) = ForgettingDiagnosis().diagnose(SILENT)
    assert (found.code, found.severity) == ("forgetting", "passed")
    assert found.sentence.startswith("Nothing forgotten: the base is unchanged (its weights hash to aaaaaaaaaaaa…")


def test_says_what_accuracy_was_lost_on_the_reference_set():
    found = finding(ON)
    assert found.severity == "warning"
    assert "on 400 labelled reference rows, goes from 80.0 % (76.0–84.0) to 70.0 % (65.0–75.0)" in found.sentence
    assert "−10.0 points (95 % interval −13.0 to −7.0)" in found.sentence


def test_a_loss_within_its_noise_passes():
    found = finding(replace(ON, accuracy=(*ON.accuracy[:2], Measured(-0.01, -0.03, 0.01))))
    assert found.severity == "passed"


@pytest.mark.parametrize(
    ("labels", "agreement", "said"),
    [(1000, ON.agreement, "head knows none of the set's labels"), (0, None, "the source has no head of its own.")],
)
def test_without_labels_the_head_knows_nothing_is_called_accuracy(labels, agreement, said):
    found = finding(replace(ON, accuracy=None, labelled=0, agreement=agreement), head_labels=labels)
    assert found.severity == "note"
    assert f"Its accuracy is not measured: {said}" in found.sentence or said in found.sentence


def test_on_the_tasks_own_inputs_it_is_a_change_and_a_note():
    found = finding(replace(ON, on="your inputs", accuracy=None, rows=256))
    assert (found.code, found.severity) == ("change_on_your_inputs", "note")
    assert found.sentence.startswith(
        "Change on your inputs (this is no accuracy): on 256 of them the source's own head"
    )
    assert "75.0 % (70.0–80.0); 75.0 % (70.0–80.0) of the ten nearest neighbours" in found.sentence
    assert "lowest at block_2, 0.82." in found.sentence


def test_what_was_not_measured_is_not_applicable():
    with pytest.raises(NotApplicable, match="borrows nothing from a source"):
        ForgettingDiagnosis().diagnose(replace(FIRES, forgetting=None))


def test_on_new_data_it_says_when_it_is_measured():
    later = replace(FIRES, forgetting=None, evaluation="new data")
    with pytest.raises(NotApplicable, match="measured when a model is fitted"):
        ForgettingDiagnosis().diagnose(later)
