import dataclasses

import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from warmstart.core.evidence import Novelty
from warmstart.diagnoses.out_of_distribution import OutOfDistribution
from warmstart.errors import NotApplicable

ROWS = 400
TRUTH = np.arange(ROWS) % 2
EVEN = (np.random.default_rng(0).permutation(ROWS) + 1) / ROWS


def diagnosed(p_values, *, wrong=(), distances=2000):
    codes = np.where(np.isin(np.arange(ROWS), wrong), 1 - TRUTH, TRUTH)
    measured = dataclasses.replace(
        evidence(TRUTH), predictions={"delivered": predictions(codes)}, novelty=Novelty(p_values, distances=distances)
    )
    [found] = OutOfDistribution().diagnose(measured)
    return found


def test_as_many_as_chance_flags_pass():
    found = diagnosed(EVEN)
    assert (found.severity, found.numbers["rows"]) == ("passed", 20)
    assert "5.0 % (3.3–7.6) of the test rows are unlike the training rows" in found.sentence


def test_many_more_are_a_warning():
    found = diagnosed(np.where(np.arange(ROWS) < 100, 0.001, EVEN))
    assert found.severity == "warning"
    assert "chance would flag 6.0 % at most" in found.sentence
    assert found.numbers["share"]["low"] > 0.2


def test_flagged_rows_on_which_it_errs_more_are_a_note_with_both_accuracies():
    flagged = np.flatnonzero(EVEN <= 0.05)
    found = diagnosed(EVEN, wrong=flagged[:12])
    assert found.severity == "note"
    assert found.numbers["accuracy_flagged"]["value"] == pytest.approx(0.4)
    assert found.numbers["accuracy_others"]["value"] == 1.0
    assert found.numbers["difference"]["high"] < 0
    assert "It is right in 40.0 %" in found.sentence


def test_where_nothing_is_flagged_there_is_no_accuracy_to_tell():
    found = diagnosed(np.full(ROWS, 0.5))
    assert found.severity == "passed"
    assert "accuracy_flagged" not in found.numbers


@pytest.mark.parametrize(
    ("novelty", "reason"),
    [
        (None, "was not measured"),
        (Novelty(np.full(ROWS, np.nan), "TF-IDF knows words by name."), r"^TF-IDF knows words by name\.$"),
        (Novelty(np.where(np.arange(ROWS) < 9, np.nan, 0.5), "too few."), r"^too few\.$"),
    ],
)
def test_what_cannot_be_told_is_not_applicable(novelty, reason):
    with pytest.raises(NotApplicable, match=reason):
        OutOfDistribution().diagnose(dataclasses.replace(evidence(TRUTH), novelty=novelty))


def test_with_few_distances_to_compare_with_chance_may_flag_more():
    p_values = np.where(np.arange(ROWS) < 40, 0.001, 0.5)
    few, many = (diagnosed(p_values, distances=distances) for distances in (160, 5000))
    assert (few.severity, many.severity) == ("passed", "warning")
    assert few.numbers["most_by_chance"] == pytest.approx(0.088, abs=0.002)
    assert "of rows like them, 5.0 %, and at most 8.8 %, are flagged" in few.sentence


def test_rows_like_the_training_rows_are_seldom_called_of_another_kind():
    rng, warned = np.random.default_rng(0), 0
    for _ in range(200):
        known = np.sort(rng.normal(size=160))
        p_values = (1 + 160 - np.searchsorted(known, rng.normal(size=5000))) / 161
        far = dataclasses.replace(
            evidence(np.arange(5000) % 2),
            predictions={"delivered": predictions(np.arange(5000) % 2)},
            novelty=Novelty(p_values, distances=160),
        )
        warned += OutOfDistribution().diagnose(far)[0].severity == "warning"
    assert warned <= 10


def test_evidence_from_before_the_distances_were_counted_is_held_against_what_was_set():
    found = diagnosed(np.where(np.arange(ROWS) < 40, 0.001, EVEN), distances=0)
    assert (found.severity, found.numbers["most_by_chance"]) == ("warning", 0.05)
