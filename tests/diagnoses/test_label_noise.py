from dataclasses import replace

import pytest

from warmstart.diagnoses.label_noise import LabelNoise
from warmstart.errors import NotApplicable

FIRES, SILENT = LabelNoise.example()


def test_names_the_most_doubtful_rows_with_both_labels():
    (found,) = LabelNoise().diagnose(FIRES)
    assert found.severity == "warning"
    assert found.numbers["suspects"] == 10
    assert found.sentence.startswith("10 of 100 labels (10.0%) are doubtful, most of all ")
    assert "('no', rather 'yes')" in found.sentence or "('yes', rather 'no')" in found.sentence
    assert "They are suggestions: the probe that doubts them agrees with 90% of all labels." in found.sentence


def test_a_single_doubtful_label_among_many_is_a_note():
    checked = FIRES.out_of_fold
    given = SILENT.out_of_fold.given.copy()
    given[0] = 1 - given[0]
    (found,) = LabelNoise().diagnose(replace(FIRES, out_of_fold=replace(checked, given=given)))
    assert (found.severity, found.numbers["suspects"]) == ("note", 1)
    assert found.sentence.startswith("1 of 100 labels (1.0%) is doubtful: 0.png (")
    assert "It is a suggestion: the probe that doubts it agrees" in found.sentence


def test_doubts_of_a_weak_probe_are_a_note():
    checked = FIRES.out_of_fold
    proba = checked.proba.copy()
    proba[50:70] = proba[50:70, ::-1]
    (found,) = LabelNoise().diagnose(replace(FIRES, out_of_fold=replace(checked, proba=proba)))
    assert found.numbers["agreement"] == 0.7
    assert found.severity == "note"


def test_no_doubts_pass():
    (found,) = LabelNoise().diagnose(SILENT)
    assert (found.severity, found.sentence) == ("passed", "None of the 100 labels is doubtful.")


def test_without_out_of_fold_probabilities_it_says_so():
    with pytest.raises(NotApplicable, match="no out-of-fold probabilities"):
        LabelNoise().diagnose(replace(FIRES, out_of_fold=None))
