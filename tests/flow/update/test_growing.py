import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.flow import tiny_runs
from tests.flow.documented import fields
from tests.flow.tiny_updates import bundle, table, texts
from warmstart.errors import BundleError, DataError, OptionError, RunConflict
from warmstart.flow.update.growing import Terms, update_bundle
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.store.lock import hold


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    tiny_runs.draw_less(monkeypatch)


def updated(made, data, out, **terms):
    with Decoder(workers=1) as decoder:
        return update_bundle(
            made, data, ReadOptions(), out, Terms(**{"most_forgotten": 0.2, **terms}), decoder=decoder, threads=1
        )


def right(made, name, *, seed=9, rows=40):
    cells = texts(name, rows, seed=seed)
    return float(np.mean(made.predict(cells).codes == made.task.classes.index(name)))


def twins(folder):
    """Rows that look like those of "good", so that the two cannot be told apart."""
    rows = [text.replace("good5x", "twin") for text in texts("good", 200, seed=5)]
    data = folder / "twins.csv"
    data.write_text("text,label\n" + "".join(f"{text},twin\n" for text in rows), encoding="utf-8")
    return data


def content(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_new_classes_are_learnt_and_the_old_ones_are_not_forgotten(tmp_path):
    made = bundle(tmp_path)
    before = content(made.path)
    result = updated(made, table(tmp_path, fine=40, awful=40), tmp_path / "second")
    grown = Bundle.open(tmp_path / "second" / "bundle")
    assert grown.task.classes == ("good", "bad", "awful", "fine")
    assert all(right(grown, name) > 0.8 for name in grown.task.classes)
    old = result["update"]["old_classes"]
    assert (old["rows"], old["before"]["value"]) == (40, 1.0)
    assert old["change"]["low"] <= old["change"]["value"] == pytest.approx(old["after"]["value"] - 1.0)
    assert result["update"]["new_classes"]["names"] == ["awful", "fine"]
    assert result["task"]["rows"]["test"] == 40 + 16
    assert content(made.path) == before


def test_the_result_and_the_evidence_can_be_read_and_the_report_says_what_happened(tmp_path):
    from warmstart.report import render

    result = updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second")
    assert json.loads((tmp_path / "second" / "result.json").read_text()) == result
    assert set(result) == fields("update")
    finding = next(one for one in result["findings"] if one["code"] == "old_classes")
    assert finding["sentence"].startswith("On 40 test rows of the old classes the accuracy was 100.0 %")
    page = render(tmp_path / "second")
    assert "Updated: the old classes change by" in page
    assert "not recorded" not in page
    assert result["next"][0] == f"warmstart report {tmp_path / 'second'} --open"
    assert f"<pre>{result['next'][0]}</pre>" in page
    assert "On 40 test rows of the old classes" in page
    assert "part of the new rows that was held back" in page


def test_the_new_bundle_names_the_old_one_and_the_rows_of_both(tmp_path):
    made = bundle(tmp_path)
    updated(made, table(tmp_path, fine=40), tmp_path / "second")
    grown = Bundle.open(tmp_path / "second" / "bundle")
    assert [step.name for step in grown.lineage] == ["first", "second"]
    assert [len(step.rows) for step in grown.lineage] == [60, 32]
    assert grown.manifest["updated_from"] == {"name": "first", "sha256": made.manifest["sha256"]}
    assert grown.reference["classes"] == {"good": 30, "bad": 30, "fine": 32}
    assert grown.control() is None
    assert "has not seen the new rows" in grown.manifest["control"]["why"]
    assert grown.labels.abstain_below == 0.0


def test_an_updated_bundle_can_be_updated_again(tmp_path):
    first = bundle(tmp_path)
    updated(first, table(tmp_path, fine=40), tmp_path / "second")
    second = Bundle.open(tmp_path / "second" / "bundle")
    result = updated(second, table(tmp_path, "still.csv", seed=3, awful=40, fine=10), tmp_path / "third")
    third = Bundle.open(tmp_path / "third" / "bundle")
    assert first.feature_reference.covariance is None
    moved = [one.feature_reference.covariance for one in (second, third)]
    assert not np.allclose(*moved)
    assert third.task.classes == ("good", "bad", "fine", "awful")
    assert all(right(third, name) > 0.8 for name in third.task.classes)
    assert result["update"]["old_classes"]["rows"] == 48


def test_classes_without_test_rows_are_named_and_the_others_measured(tmp_path):
    updated(bundle(tmp_path, cross_fitted=True), table(tmp_path, fine=40), tmp_path / "second")
    second = Bundle.open(tmp_path / "second" / "bundle")
    result = updated(second, table(tmp_path, "still.csv", seed=3, awful=40), tmp_path / "third")
    old = result["update"]["old_classes"]
    assert (old["untested"], old["rows"], old["reason"]) == (["good", "bad"], 8, "")
    assert old["change"] is not None
    finding = next(one for one in result["findings"] if one["code"] == "old_classes")
    assert finding["severity"] == "warning"
    assert "What becomes of good, bad was not measured" in finding["sentence"]
    assert "the old classes (without good, bad, of which no test rows are stored)" in result["transfer_gain"]["reason"]


def test_one_class_without_test_rows_does_not_allow_harm_to_the_others(tmp_path):
    updated(bundle(tmp_path), table(tmp_path, fine=3), tmp_path / "second", test_size=0.0)
    second = Bundle.open(tmp_path / "second" / "bundle")
    with pytest.raises(DataError, match=r"On 40 test rows of the old classes .*: nothing was written"):
        updated(second, twins(tmp_path), tmp_path / "third", most_forgotten=0.01)


def test_more_rows_of_old_classes_alone_are_learnt(tmp_path):
    made = bundle(tmp_path)
    result = updated(made, table(tmp_path, good=30, bad=30), tmp_path / "second")
    grown = Bundle.open(tmp_path / "second" / "bundle")
    assert grown.task.classes == made.task.classes
    assert grown.reference["classes"] == {"good": 54, "bad": 54}
    assert not np.array_equal(grown.predict(["good bad bad"]).proba, made.predict(["good bad bad"]).proba)
    assert "new class" not in result["transfer_gain"]["reason"]


def test_harm_beyond_what_is_allowed_is_refused_unless_forced(tmp_path):
    made, data = bundle(tmp_path), twins(tmp_path)
    with pytest.raises(DataError, match=r"On 40 test rows .* it may take 1 at most: nothing was written.*--force"):
        updated(made, data, tmp_path / "second", most_forgotten=0.01)
    assert not (tmp_path / "second").exists()
    result = updated(made, data, tmp_path / "second", most_forgotten=0.01, force=True)
    finding = next(one for one in result["findings"] if one["code"] == "old_classes")
    assert finding["severity"] == "harm"
    assert "taken for a new class now" in finding["sentence"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"row_data": False}, "made with --no-row-data"), ({"cross_fitted": True}, "tested by the model of another fold")],
)
def test_old_classes_that_cannot_be_measured_are_said_to_be_unmeasured(tmp_path, changes, why):
    from warmstart.cli.tables import remarks
    from warmstart.report.verdict import verdict

    result = updated(bundle(tmp_path, **changes), table(tmp_path, fine=40), tmp_path / "second")
    finding = next(one for one in result["findings"] if one["code"] == "old_classes")
    assert finding["severity"] == "warning"
    assert why in finding["sentence"]
    assert result["update"]["old_classes"]["change"] is None
    assert Bundle.open(tmp_path / "second" / "bundle").evidence().no_control == "an updated bundle carries none"
    alone = "new ones that were held back; no old row could be tested again."
    assert remarks(result)[0] == f"Measured on 8 test rows, {alone}"
    for said in (" ".join(verdict(result).basis), (tmp_path / "second" / "bundle" / "README.md").read_text()):
        assert f"The test rows are {alone}" in said
    assert "was not measured" in result["transfer_gain"]["reason"]


def test_a_bundle_that_stores_nothing_of_its_classes_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"must store where its classes lie .* Fit on old and new rows together"):
        updated(bundle(tmp_path, reference=False), table(tmp_path, fine=40), tmp_path / "second")


def test_a_folder_that_holds_a_run_is_refused_and_left_as_it_is(tmp_path):
    made, data = bundle(tmp_path), table(tmp_path, fine=40)
    updated(made, data, tmp_path / "second")
    before = content(tmp_path / "second")
    with pytest.raises(RunConflict, match=r"holds something already\. Name a folder that is new or empty"):
        updated(made, data, tmp_path / "second")
    assert content(tmp_path / "second") == before


def test_two_updates_do_not_write_one_folder(tmp_path):
    with hold(tmp_path / "second"), pytest.raises(RunConflict, match="Another warmstart is working in"):
        updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second")


@pytest.mark.parametrize(("terms", "sentence"), [
    ({"test_size": 1.0}, "`test_size` must be from 0 to 0.5, as a share. Got 1. Try 0.2."),
    ({"most_forgotten": 5}, "`most_forgotten` must be from 0 to 1, as a share. Got 5. 0.01 is one point."),
])  # fmt: skip
def test_terms_outside_what_they_may_be_are_refused(tmp_path, terms, sentence):
    with pytest.raises(OptionError, match=re.escape(sentence)):
        updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second", **terms)


def test_a_single_row_of_an_old_class_does_not_make_the_new_ones_novel(tmp_path):
    made = bundle(tmp_path)
    updated(made, table(tmp_path, fine=40, good=1), tmp_path / "second", test_size=0.0)
    grown = Bundle.open(tmp_path / "second" / "bundle")
    assert len(grown.feature_reference.distances) == len(made.feature_reference.distances) + 41


def test_copies_are_not_compared_with_each_other(tmp_path):
    made = bundle(tmp_path)
    rows = [f"{text}{mark},fine\n" for text in texts("fine", 1, seed=2) for mark in ("", "!", " !", ".")]
    data = tmp_path / "copies.csv"
    data.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    updated(made, data, tmp_path / "second", test_size=0.0)
    grown = Bundle.open(tmp_path / "second" / "bundle")
    assert len(grown.feature_reference.distances) == len(made.feature_reference.distances)


def test_what_was_borrowed_stays_borrowed(tmp_path):
    result = updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second")
    said = [one["sentence"] for one in result["findings"] if one["code"].startswith("licence")]
    assert said == ["No licence forbids a use, or asks for more than being named: the source tiny (Apache-2.0)."]


def test_row_data_is_left_out_on_request(tmp_path):
    updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second", row_data=False)
    assert Bundle.open(tmp_path / "second" / "bundle").evidence().ids == ()


def test_without_rows_held_back_the_new_classes_are_not_measured(tmp_path):
    result = updated(bundle(tmp_path), table(tmp_path, fine=3), tmp_path / "second", test_size=0.0)
    assert result["update"]["new_classes"]["accuracy"] is None
    assert "accuracy on the new class fine: not measured" in result["transfer_gain"]["reason"]


def test_old_rows_of_one_group_may_have_changed_by_any_amount(tmp_path, monkeypatch):
    stored = Bundle.evidence
    monkeypatch.setattr(Bundle, "evidence", lambda self: replace(stored(self), groups=np.zeros(40, int)))
    old = updated(bundle(tmp_path), table(tmp_path, fine=40), tmp_path / "second")["update"]["old_classes"]
    assert (old["change"]["low"], old["change"]["high"]) == (-1.0, 1.0)
    assert old["before"]["low"] < 0.3
