from dataclasses import replace

import numpy as np
import pytest

from tests.tiny_evidence import evidence
from warmstart.core.evidence import DataFacts, Measured, Repeated, Shortcut
from warmstart.core.note import Note
from warmstart.diagnoses.leakage import Leakage, leakage_findings

ACROSS = DataFacts(rows=4, across=(("train/a.png", "test/a.png"),))
FORMAT = Shortcut("the file format", True, Measured(0.97, 0.95, 0.99), 2, 400)
STARS = Shortcut("the column 'stars'", False, Measured(1.0, 0.99, 1.0), 2, 400)


def test_names_duplicates_across_the_users_split():
    [finding] = leakage_findings(ACROSS)
    assert finding.sentence == "Your split puts the same content on both sides once: train/a.png and test/a.png."


def test_names_rows_that_the_source_saw():
    [finding] = leakage_findings(DataFacts(rows=4, overlap=("a.png",)))
    assert finding.code == "leakage_source_rows"
    assert finding.sentence == "The source has seen 1 of these rows (25%) before: a.png."


def test_says_that_nothing_leaks_and_no_more_than_was_looked_for():
    [looked] = leakage_findings(DataFacts(rows=4, shortcuts=()))
    assert looked.severity == "passed"
    assert "nothing beside the content tells the class" in looked.sentence
    [unlooked] = leakage_findings(DataFacts(rows=4))
    assert unlooked.sentence == "No row is on both sides of the split or was seen by the source."


def test_on_new_data_it_speaks_of_rows_that_the_bundle_was_fitted_on_alone():
    new = replace(evidence(np.arange(4) % 2), evaluation="new data", data=DataFacts(rows=4))
    [clean] = Leakage().diagnose(new)
    assert clean.sentence == "No test row is one that the bundle, or a model it comes from, was fitted on."
    seen = DataFacts(rows=4, notes=(Note("seen_in_training", "1 row is."),))
    assert Leakage().diagnose(replace(new, data=seen)) == []
    [across] = Leakage().diagnose(replace(new, evaluation="updated", data=ACROSS))
    assert across.code == "leakage_across_split"


def test_names_of_files_are_left_as_they_are():
    [across] = leakage_findings(DataFacts(rows=4, across=(("a/red, large.png", "b.png"), ("c.png", "d.png"))))
    assert across.sentence.endswith("2 times: a/red, large.png and b.png; c.png and d.png.")


def test_says_what_copies_do_to_the_score():
    truth = np.arange(100) % 2
    forgot = np.where(np.arange(100) < 20, 1 - truth, truth)
    repeated = Repeated(np.arange(20), 25, truth, forgot)
    [finding] = Leakage().diagnose(replace(evidence(truth), data=ACROSS, repeated=repeated))
    assert (
        "Training rows left out as copies of test rows: 25. Fitted with them, a probe would reach 100.0 % accuracy "
        "instead of 80.0 %: +20.0 points (95 % interval +13."
    ) in finding.sentence
    assert finding.sentence.endswith(
        " The delivered model has 100.0 % on all test rows and 100.0 % on the 80 without a copy."
    )
    assert (finding.numbers["with_copies"], finding.numbers["without_copies"]) == (1.0, 0.8)
    assert finding.numbers["inflation"]["low"] > 0.1


def test_of_one_group_what_copies_do_may_be_anything():
    truth = np.arange(100) % 2
    repeated = Repeated(np.arange(20), 25, truth, np.where(np.arange(100) < 20, 1 - truth, truth))
    given = replace(evidence(truth), data=ACROSS, repeated=repeated, groups=np.zeros(100, int))
    [finding] = Leakage().diagnose(given)
    assert finding.numbers["inflation"] == {"value": pytest.approx(0.2), "low": -1.0, "high": 1.0}


def test_where_every_test_row_has_a_copy_there_is_no_score_without_them():
    truth = np.arange(10) % 2
    given = replace(evidence(truth), data=ACROSS, repeated=Repeated(np.arange(10), 1, truth, truth))
    [finding] = Leakage().diagnose(given)
    assert "without a copy" not in finding.sentence


def test_what_the_model_sees_is_a_warning_and_what_it_does_not_see_a_note():
    seen, unseen = leakage_findings(DataFacts(rows=400, shortcuts=(FORMAT, STARS)))
    assert (seen.code, seen.severity) == ("leakage_visible", "warning")
    assert seen.sentence == (
        "The file format alone tells the class: a small tree that reads nothing else has 97.0 % balanced accuracy on "
        "training rows (95 % interval 95.0 to 99.0, chance 50.0 %). The model sees it, and its score may be that of "
        "this alone."
    )
    assert (unseen.code, unseen.severity) == ("leakage_unseen", "note")
    assert "The column 'stars' alone tells the class" in unseen.sentence
    assert unseen.numbers == {"the column 'stars'": {"value": 1.0, "low": 0.99, "high": 1.0, "chance": 0.5}}


def test_several_shortcuts_are_named_in_one_sentence():
    size = replace(FORMAT, name="the image size", tells=Measured(0.8, 0.76, 0.84))
    [finding] = leakage_findings(DataFacts(rows=400, shortcuts=(FORMAT, size)))
    assert "chance 50.0 %); so do the image size (80.0 %)." in finding.sentence
