import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from warmstart.diagnoses._two_kinds import two_kinds
from warmstart.diagnoses.bias import Bias
from warmstart.errors import NotApplicable

ALONE = two_kinds(wrong=(0.02, 0.3))
CARRIED, _ = Bias.example()


def only(evidence):
    [finding] = Bias().diagnose(evidence)
    return finding


def test_a_carried_over_gap_is_harm_and_names_the_group_that_is_worse_off():
    finding = only(CARRIED)
    assert finding.severity == "harm"
    assert finding.sentence.startswith("Carried over from the source: for kind 'rough' ")
    assert " points below that of the rest (" in finding.sentence
    assert "every control and other source of comparable accuracy has a smaller one (hog " in finding.sentence
    assert "--source" in finding.remedy


def test_without_another_source_it_says_why_none_was_compared_and_accuses_none():
    finding = only(replace(ALONE, not_compared="there is no other source for image inputs here"))
    assert (finding.severity, finding.numbers["cause"]) == ("warning", "not compared")
    assert finding.sentence.startswith("It differs by kind, and may be carried over from the source: for kind 'rough' ")
    assert "no other source was compared, because there is no other source for image inputs here." in finding.sentence
    assert "second source" in finding.remedy


def test_another_source_that_is_much_worse_shows_nothing():
    weak = two_kinds(wrong=(0.4, 0.4)).predictions["delivered"]
    finding = only(replace(CARRIED, predictions={**CARRIED.predictions, "other source": weak}))
    assert "other source is too far below it in accuracy to tell more." in finding.sentence


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ((0.03, 0.31), "It differs by kind, and it is in the data: "),
        ((0.4, 0.4), "It differs by kind, cause unknown: "),
    ],
)
def test_any_other_cause_is_a_warning_that_does_not_accuse_the_source(control, said):
    finding = only(two_kinds(wrong=(0.02, 0.3), control=control))
    assert finding.severity == "warning"
    assert finding.sentence.startswith(said)


def test_a_delivered_control_borrowed_nothing():
    own = CARRIED.predictions["delivered"]
    finding = only(replace(CARRIED, predictions={**CARRIED.predictions, "control": own, "hog": own}))
    assert "no source is the reason, since a control is delivered" in finding.sentence


def test_without_any_control_no_cause_is_claimed_and_none_is_shown():
    own = {"delivered": ALONE.predictions["delivered"]}
    finding = only(replace(ALONE, predictions=own, control="delivered", no_control="none travels in the bundle"))
    assert finding.numbers["cause"] == "unknown"
    assert finding.sentence.startswith("It differs by kind, cause unknown: ")
    assert finding.sentence.endswith("and no control was compared, because none travels in the bundle.")
    assert all("control" not in row for row in finding.numbers["groups"])
    assert set(finding.numbers["overall"]) == {"delivered"}


@pytest.mark.parametrize(
    ("evaluation", "rows"),
    [
        ("held-out", "on the same split (--split-from RUN)"),
        ("cross-fitted", "on the same data with the same --seed"),
        ("new data", "on the same data, and"),
    ],
)
def test_the_remedy_for_an_unknown_cause_is_one_that_can_be_followed(evaluation, rows):
    unknown = two_kinds(wrong=(0.02, 0.3), control=(0.4, 0.4))
    assert rows in only(replace(unknown, evaluation=evaluation)).remedy


def test_the_numbers_are_a_row_a_group_with_intervals_and_signed_gaps():
    numbers = only(CARRIED).numbers
    assert (numbers["attribute"], numbers["cause"]) == ("kind", "source")
    first, second = numbers["groups"]
    assert {first["group"], second["group"]} == {"smooth", "rough"}
    assert first["gap"]["value"] == pytest.approx(-second["gap"]["value"])
    for row in (first, second):
        for measured in (
            row["delivered"],
            row["control"],
            row["gap"],
            row["overconfidence"],
            *row["error_rates"].values(),
        ):
            assert -1 <= measured["low"] <= measured["value"] <= measured["high"] <= 1
        assert row["rows"] == 300
    assert numbers["overall"]["delivered"] == pytest.approx(
        np.mean([row["delivered"]["value"] for row in (first, second)])
    )


def test_no_gap_says_which_one_would_have_been_found():
    finding = only(two_kinds(wrong=(0.12, 0.12)))
    assert finding.severity == "passed"
    assert "would have been found four times in five." in finding.sentence


def test_a_model_that_is_always_right_has_no_gap_to_speak_of():
    finding = only(two_kinds(wrong=(0.0, 0.0)))
    assert finding.sentence.endswith("accuracy is 100.0 to 100.0 % over 2 groups.")


def test_a_small_group_says_how_many_rows_it_lacks():
    site = np.array(["north"] * 300 + ["south"] * 290 + ["west"] * 10)
    finding = only(replace(CARRIED, attributes={"site": site}))
    assert finding.sentence.endswith("Of the 30 test rows that judging takes, 'west' has 10 and lacks 20.")
    assert finding.numbers["missing_rows"] == {"west": 20}
    assert finding.numbers["groups"][-1]["judged"] is False


def test_where_no_group_can_be_judged_it_says_so():
    finding = only(replace(CARRIED, attributes={"site": np.array(["n"] * 595 + ["s"] * 5)}))
    assert finding.severity == "note"
    assert finding.sentence.startswith("No group of site can be judged. Of the 30 test rows")


def test_two_attributes_are_looked_at_together_where_rows_suffice():
    site = np.array(["north", "south"] * 150 + ["south", "north"] * 150)
    found = Bias().diagnose(replace(CARRIED, attributes={**CARRIED.attributes, "site": site}))
    assert [finding.numbers["attribute"] for finding in found] == ["kind", "site", "kind × site"]
    few = np.array(["north"] * 580 + ["south"] * 20)
    found = Bias().diagnose(replace(CARRIED, attributes={**CARRIED.attributes, "site": few}))
    assert [finding.numbers["attribute"] for finding in found][:2] == ["kind", "site"]


def test_rows_that_belong_together_widen_the_interval():
    twice = np.arange(600).repeat(10)
    many = replace(
        CARRIED,
        ids=tuple(map(str, range(6000))),
        truth=CARRIED.truth[twice],
        attributes={"kind": CARRIED.attributes["kind"][twice]},
        predictions={
            name: replace(found, proba=found.proba[twice], codes=found.codes[twice])
            for name, found in CARRIED.predictions.items()
        },
    )
    alone, together = only(many).numbers, only(replace(many, groups=twice)).numbers

    def width(numbers):
        return numbers["groups"][0]["delivered"]["high"] - numbers["groups"][0]["delivered"]["low"]

    assert width(together) > 2 * width(alone)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "macro_f1"])
def test_the_metric_of_the_run_is_judged(metric):
    finding = only(replace(CARRIED, metric=metric))
    assert finding.severity == "harm"


def test_says_why_it_cannot_be_asked(monkeypatch):
    with pytest.raises(NotApplicable, match=r"Name some with --attributes"):
        Bias().diagnose(replace(CARRIED, attributes={}))
    with pytest.raises(NotApplicable, match="carries no rows"):
        Bias().diagnose(replace(CARRIED, truth=CARRIED.truth[:0]))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotApplicable, match=r"not installed\. Install it with `pip install 'warmstart\[audit\]'`"):
        Bias().diagnose(CARRIED)


def test_rows_of_one_unit_have_values_without_intervals_and_the_sentence_says_why():
    finding = only(replace(CARRIED, groups=np.zeros(len(CARRIED.truth), int)))
    assert finding.severity == "warning"
    assert "without an interval, since the rows of one side belong together in too few groups" in finding.sentence
    for row in finding.numbers["groups"]:
        assert set(row["delivered"]) == set(row["overconfidence"]) == {"value"}
        assert set(row["gap"]) == {"value", "p"}
        assert all(set(rate) == {"value"} for rate in row["error_rates"].values())


def test_units_of_which_a_draw_may_hold_no_row_of_a_group_have_intervals():
    kind = CARRIED.attributes["kind"]
    units = np.where(kind == "rough", np.arange(len(kind)) % 3, 3 + np.arange(len(kind)) % 40)
    for row in only(replace(CARRIED, groups=units)).numbers["groups"]:
        assert np.isfinite([row["gap"]["low"], row["gap"]["high"]]).all()


def test_what_could_not_be_tested_is_listed():
    assert only(CARRIED).numbers["not_tested"] == {}
    kind, truth = CARRIED.attributes["kind"], CARRIED.truth.copy()
    truth[(kind == "rough") & (np.cumsum((kind == "rough") & (truth == 1)) > 5)] = 0
    listed = only(replace(CARRIED, truth=truth)).numbers["not_tested"]
    assert listed == {"rough": ["recall of 'b'"], "smooth": ["recall of 'b'"]}
