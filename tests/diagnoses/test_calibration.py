import re
from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.evidence import Predictions, Validation
from warmstart.diagnoses.calibration import Calibration
from warmstart.errors import NotApplicable
from warmstart.learning.abstaining import threshold
from warmstart.learning.calibration import soften
from warmstart.learning.measured import scores

TOO_SURE, TRUE = Calibration.example()


def codes_of(evidence):
    return {finding.code: finding for finding in Calibration().diagnose(evidence)}


def honest(rows=600, temperature=1.0):
    """Evidence of a model whose probabilities are true, and what they were before they were softened."""
    rng = np.random.default_rng(0)
    sure, truth = rng.uniform(0.5, 1, rows), rng.integers(2, size=rows)
    codes = np.where(rng.random(rows) < sure, truth, 1 - truth)
    found = Predictions(np.where(np.arange(2) == codes[:, None], sure[:, None], 1 - sure[:, None]), codes)
    below = np.full(rows, threshold(truth, found))
    return replace(
        TRUE,
        truth=truth,
        predictions=dict.fromkeys(TRUE.predictions, found),
        validation=Validation(truth, found, temperature),
        abstain_below=below,
    )


def test_too_sure_is_said_with_the_error_that_chance_would_give():
    finding = codes_of(TOO_SURE)["calibration"]
    assert finding.severity == "warning"
    assert finding.sentence.startswith(
        "Its probabilities are too sure: it says 97.0 % on average and is right in 80.8 %"
    )
    assert "at most 1.4 %, 19 times in 20, by chance" in finding.sentence
    assert finding.numbers["overconfidence"]["low"] > 0.1


def test_not_sure_enough_is_said():
    true = honest().predictions["delivered"]
    low = replace(honest(), predictions={"delivered": Predictions(soften(true.proba, 4.0), true.codes)})
    assert codes_of(low)["calibration"].sentence.startswith("Its probabilities are not sure enough: ")


def test_true_probabilities_pass_with_brier_score_and_bins():
    finding = codes_of(honest())["calibration"]
    assert finding.severity == "passed"
    assert "Brier score 0." in finding.sentence
    assert sum(one["rows"] for one in finding.numbers["bins"]) == 600


def test_a_temperature_that_helps_is_said_with_what_it_saved():
    given = honest()
    sharp = given.predictions["delivered"]
    made = replace(given, validation=replace(given.validation, temperature=2.0))
    finding = codes_of(made)["temperature"]
    assert finding.severity == "passed"
    assert finding.sentence.startswith("Temperature scaling (2.00, fitted on validation rows) helped on test rows: ")
    worse = replace(made, predictions={"delivered": Predictions(soften(sharp.proba, 3.0), sharp.codes)})
    assert codes_of(worse)["temperature"].severity == "warning"
    said = codes_of(worse)["temperature"].sentence
    rose, low, high = map(float, re.search(r"log loss rose by (\S+) \((\+\S+) to (\+\S+)\)\.$", said).groups())
    assert low < rose < high


def test_a_temperature_of_one_was_not_kept():
    assert "was not kept" in codes_of(honest())["temperature"].sentence
    crossed = replace(honest(temperature=1.5), evaluation="cross-fitted")
    assert "every outer fold fitted its own" in codes_of(crossed)["temperature"].sentence


def test_abstaining_says_what_is_left_unanswered_and_what_is_saved():
    finding = codes_of(honest())["abstaining"]
    assert finding.severity == "note"
    assert finding.sentence.startswith("Answering only where it is at least ")
    assert "--abstain" in finding.remedy
    numbers = finding.numbers
    assert numbers["error_answered"]["value"] <= numbers["error"] / 2
    assert numbers["coverage"]["low"] < numbers["coverage"]["value"] < numbers["coverage"]["high"]


def test_every_fold_abstains_below_its_own_threshold():
    given = honest()
    folds = np.where(np.arange(600) < 300, 0.0, 0.99)
    numbers = codes_of(replace(given, abstain_below=folds))["abstaining"].numbers
    assert numbers["coverage"]["value"] == pytest.approx(0.51, abs=0.02)


def test_a_threshold_that_saves_nothing_on_test_rows_is_a_warning():
    given = honest()
    sure = given.predictions["delivered"].proba.max(axis=1)
    truth = np.where(sure > 0.8, 1 - given.predictions["delivered"].codes, given.predictions["delivered"].codes)
    assert codes_of(replace(given, truth=truth))["abstaining"].severity == "warning"


def test_without_a_threshold_it_says_so():
    finding = codes_of(replace(honest(), abstain_below=np.zeros(600)))["abstaining"]
    assert finding.severity == "not applicable"
    assert "No threshold for abstaining was found" in finding.sentence


def test_where_nothing_was_wrong_no_threshold_is_missed():
    given = honest()
    right = Validation(given.truth, replace(given.validation.answered, codes=given.truth))
    finding = codes_of(replace(given, validation=right, abstain_below=np.zeros(600)))["abstaining"]
    assert finding.sentence.endswith("looked for: on validation rows no answer was wrong.")


def test_of_a_cross_fitted_test_the_threshold_is_the_one_that_the_bundle_has():
    given = replace(honest(), evaluation="cross-fitted", abstain_below=np.full(600, 0.7))
    finding = codes_of(given)["abstaining"]
    assert finding.numbers["abstain_below"] == pytest.approx(float(honest().abstain_below[0]))
    assert "each outer fold asked on its own rows (the bundle: " in finding.sentence
    assert "--abstain" in finding.remedy


def test_no_threshold_is_advised_that_the_bundle_does_not_have():
    given = replace(honest(), evaluation="cross-fitted", abstain_below=np.full(600, 0.7))
    wrong = Validation(given.truth, replace(given.validation.answered, codes=1 - given.truth))
    finding = codes_of(replace(given, validation=wrong))["abstaining"]
    assert (finding.numbers["abstain_below"], finding.remedy) == (0.0, "")
    assert "The bundle has no threshold" in finding.sentence


def test_older_evidence_is_judged_by_what_it_holds():
    old = replace(TRUE, validation=None, abstain_below=None)
    assert set(codes_of(old)) == {"calibration"}
    with pytest.raises(NotApplicable, match="carries no rows"):
        Calibration().diagnose(replace(TRUE, truth=TRUE.truth[:0]))


def test_the_calibration_error_has_no_interval_and_what_stands_beside_it_is_stretched():
    plain, crossed = (replace(honest(), evaluation=how) for how in ("held-out", "cross-fitted"))
    numbers, wider = (codes_of(one)["calibration"].numbers for one in (plain, crossed))
    assert numbers["ece"] == pytest.approx(scores(plain, plain.predictions["delivered"])["ece"]["value"])
    for name in ("brier", "overconfidence"):
        assert wider[name]["high"] - wider[name]["low"] > numbers[name]["high"] - numbers[name]["low"]


def test_of_one_group_neither_brier_score_nor_temperature_has_an_interval():
    given = honest(temperature=2.0)
    found = codes_of(replace(given, groups=np.zeros(600, int)))
    assert found["calibration"].numbers["brier"]["low"] is None
    assert found["temperature"].sentence.endswith("too few groups to tell whether it helped on them.")


def test_a_threshold_that_no_test_row_reaches_is_said_to_answer_none():
    finding = codes_of(replace(honest(), abstain_below=np.full(600, 0.9999)))["abstaining"]
    assert finding.severity == "warning"
    assert finding.sentence == ("Answering only where it is at least 100.0 % sure, it answers none of the test rows.")
    assert "Do not use --abstain" in finding.remedy
    assert "coverage" not in finding.numbers
