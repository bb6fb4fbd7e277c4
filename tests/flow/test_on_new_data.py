import hashlib
import importlib.util
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow import tiny_runs
from tests.flow.documented import fields
from tests.tiny_evidence import predictions
from tests.tiny_models import constant_model, facts, text_model
from warmstart.cli.tables import remarks
from warmstart.core.card import Ancestor
from warmstart.core.evidence import Evidence
from warmstart.core.task import Task
from warmstart.errors import DataError, MissingExtra
from warmstart.flow.deliver import deliver
from warmstart.flow.on_new_data import _next, evaluate_bundle
from warmstart.readers._base import ReadOptions
from warmstart.report.verdict import verdict
from warmstart.runtime.decode import Decoder

pytestmark = pytest.mark.usefixtures("few_draws")

ROWS = [(f"{word} film number {n}", label) for n in range(20) for word, label in (("good", "good"), ("awful", "bad"))]


def before(wrong=0):
    truth = np.arange(200) % 2
    codes = np.where(np.arange(200) < wrong, 1 - truth, truth)
    return Evidence(
        Task(("good", "bad"), "text"), "balanced_accuracy", "held-out", tuple(map(str, range(200))), truth,
        "delivered", "delivered", "control", {name: predictions(codes) for name in ("delivered", "control")},
    )  # fmt: skip


def bundle(folder, *, seen=(), control=True, evidence=None, **changes):
    rows = tuple(hashlib.sha256(text.encode()).hexdigest() for text in seen)
    known = facts("text", lineage=(Ancestor("run", "result:run", "0" * 64, "", rows),), control_name="tfidf", **changes)
    return deliver(
        folder / "bundle", deliverable=text_model(), control=constant_model() if control else None, facts=known,
        reference={"rows": 30}, evidence=evidence, readme="",
    )  # fmt: skip


def table(folder, rows=ROWS, header="text,label"):
    path = folder / "new.csv"
    path.write_text(header + "\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    return path


def measured(made, data, options=None, **changes):
    with Decoder(workers=1) as decoder:
        return evaluate_bundle(made, data, options or ReadOptions(), decoder=decoder, threads=1, **changes)


def finding(result, code):
    return next((one for one in result["findings"] if one["code"] == code), None)


def test_it_measures_the_bundle_against_the_control_that_travels_in_it(tmp_path):
    result = measured(bundle(tmp_path), table(tmp_path)).result
    assert result["test"]["accuracy"]["value"] == 1.0
    assert set(result) == fields("evaluate")
    assert result["controls"][0]["name"] == "tfidf"
    assert result["controls"][0]["accuracy"]["value"] == 0.5
    gain = result["transfer_gain"]
    assert (gain["value"], gain["verdict"], gain["control"]) == (0.5, "helps", "tfidf")
    assert gain["detectable"] > 0
    assert (result["evaluation"], result["schema"]) == ("new data", "warmstart.result/1")
    assert result["confusion"] == [[20, 0], [0, 20]]


def test_new_rows_of_one_class_are_measured(tmp_path):
    rows = [row for row in ROWS if row[1] == "good"]
    result = measured(bundle(tmp_path), table(tmp_path, rows)).result
    assert result["task"]["classes"] == ["good", "bad"]
    assert result["test"]["accuracy"]["value"] == 1.0
    assert result["confusion"] == [[20, 0], [0, 0]]


def test_rows_that_it_was_fitted_on_are_named_and_left_out(tmp_path):
    seen = [text for text, _ in ROWS[:6]]
    found = measured(bundle(tmp_path, seen=seen), table(tmp_path))
    assert found.result["task"]["rows"]["test"] == 34
    assert found.evidence.ids[0] == "row 7"
    said = finding(found.result, "seen_in_training")
    assert said["severity"] == "warning"
    assert said["sentence"] == (
        "6 rows are what the bundle was fitted on (row 1, row 2, row 3 and 3 more), and left out."
    )


def test_rows_that_it_was_fitted_on_are_tested_if_asked_and_still_named(tmp_path):
    seen = [text for text, _ in ROWS[:6]]
    result = measured(bundle(tmp_path, seen=seen), table(tmp_path), with_seen=True).result
    assert result["task"]["rows"]["test"] == 40
    assert "tested all the same, as was asked" in finding(result, "seen_in_training")["sentence"]
    count = result["task"]["rows"]["seen_tested"]
    said = f"{count} of them are rows that the bundle was fitted on"
    assert count == len(seen)
    assert remarks(result)[0] == f"Measured on 40 test rows; {said}."
    assert said in " ".join(verdict(result).basis)


def test_rows_that_it_was_tested_on_are_tested_again_and_never_called_new(tmp_path):
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text, _ in ROWS]
    tested = replace(before(wrong=100), hashes=(*hashes[:8], *("0" * 64,) * 192))
    result = measured(bundle(tmp_path, evidence=tested), table(tmp_path)).result
    assert (result["task"]["rows"]["test"], result["task"]["rows"]["retested"]) == (40, 8)
    assert finding(result, "in_the_test_part")["sentence"] == (
        "8 rows are what the bundle was tested on before (row 1, row 2, row 3 and 5 more): "
        "on those it can only do as it did."
    )
    said = "8 of them are rows that the bundle was tested on before"
    assert remarks(result)[0] == f"Measured on 40 test rows; {said}."
    assert f"The test rows are not all new: {said}." in " ".join(verdict(result).basis)
    assert finding(result, "changed_since_fit")["sentence"].startswith("The balanced accuracy on the 32 new rows is hi")


def test_rows_that_are_all_known_show_no_change_since_the_fit(tmp_path):
    hashes = tuple(hashlib.sha256(text.encode()).hexdigest() for text, _ in ROWS)
    tested = replace(before(), hashes=(*hashes, *("0" * 64,) * 160))
    result = measured(bundle(tmp_path, evidence=tested), table(tmp_path)).result
    changed = finding(result, "changed_since_fit")
    assert changed["severity"] == "not applicable"
    assert changed["sentence"].startswith("None of the test rows is new to the bundle")


def test_what_makes_sense_next_is_in_the_result(tmp_path):
    made, data = bundle(tmp_path), table(tmp_path)
    assert measured(made, data).result["next"] == [f'warmstart predict {made.path} --text "…"']


def test_the_update_that_is_proposed_reads_the_rows_as_they_were_read():
    grown = SimpleNamespace(path="run/bundle", task=Task(("good", "bad"), "text"), feature_reference=object())
    options = ReadOptions(("text",), "label", ("good", "bad"), "id", ("id",))
    assert _next(grown, "new.csv", options)[1] == (
        "warmstart update run/bundle new.csv --input text --target label --classes good,bad --groups id"
    )


def test_nothing_but_rows_that_it_was_fitted_on_is_refused(tmp_path):
    made = bundle(tmp_path, seen=[text for text, _ in ROWS])
    with pytest.raises(DataError, match=r"fitted on all labelled rows of new\.csv, .*or test on these too with --with"):
        measured(made, table(tmp_path))


def test_classes_that_it_does_not_know_are_one_sentence(tmp_path):
    rows = [*ROWS, ("no idea", "mixed"), ("who knows", "odd")]
    found = measured(bundle(tmp_path), table(tmp_path, rows))
    assert len(found.evidence.truth) == 40
    assert finding(found.result, "unknown_classes")["sentence"] == (
        "2 rows of classes that the bundle does not know (mixed, odd) are left out; it answers with good, bad."
    )


def test_labels_of_another_task_are_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"The bundle answers with good, bad\. No row of new\.csv is labelled so: it has no, yes"
    ):
        measured(bundle(tmp_path), table(tmp_path, [("fine", "yes"), ("poor", "no")]))


def test_rows_without_a_label_are_left_out(tmp_path):
    found = measured(bundle(tmp_path), table(tmp_path, [*ROWS, ("who knows", "")]))
    assert finding(found.result, "unlabelled")["sentence"] == "1 row without a label is left out."


def test_inputs_of_another_kind_are_refused(tmp_path):
    photos = tiny_runs.photos(tmp_path / "photos", 4, seed=0)
    with pytest.raises(DataError, match="The inputs must be of kind 'text'"):
        measured(bundle(tmp_path), photos)


def test_the_column_that_it_was_fitted_on_is_taken_where_it_is_there(tmp_path):
    rows = [
        (f"{text},a much longer text about {n} other things than that", label) for n, (text, label) in enumerate(ROWS)
    ]
    found = measured(bundle(tmp_path), table(tmp_path, rows, "text,remark,label"))
    assert found.result["test"]["accuracy"]["value"] == 1.0
    other = table(tmp_path, ROWS, "review,label")
    assert measured(bundle(tmp_path), other).result["test"]["accuracy"]["value"] == 1.0


def test_a_bundle_that_delivers_the_control_has_nothing_to_be_compared_with(tmp_path):
    result = measured(bundle(tmp_path, control=False, is_control=True), table(tmp_path)).result
    assert result["transfer_gain"]["value"] is None
    assert result["transfer_gain"]["reason"].startswith(
        "Not applicable, because the bundle delivers the control itself"
    )
    assert finding(result, "negative_transfer")["severity"] == "not applicable"


def test_a_control_that_did_not_travel_is_said(tmp_path):
    gain = measured(bundle(tmp_path, control=False), table(tmp_path)).result["transfer_gain"]
    assert gain["reason"].startswith("Not applicable, because no control travels in the bundle. There is no control")
    assert (
        measured(bundle(tmp_path, control=False), table(tmp_path)).evidence.no_control == "none travels in the bundle"
    )


def test_the_metric_is_the_one_that_judged_when_it_was_fitted_and_a_fall_since_then_is_a_warning(tmp_path):
    wrong = [(text, {"good": "bad", "bad": "good"}[label]) for text, label in ROWS[:16]]
    result = measured(bundle(tmp_path, evidence=before()), table(tmp_path, wrong + ROWS[16:])).result
    assert result["metric"] == "balanced_accuracy"
    assert result["before"]["balanced_accuracy"]["value"] == 1.0
    fallen = finding(result, "changed_since_fit")
    assert fallen["severity"] == "warning"
    assert fallen["sentence"].startswith("The balanced accuracy is lower than when the bundle was fitted: −40.0 points")


def test_as_good_as_before_passes(tmp_path):
    result = measured(bundle(tmp_path, evidence=before()), table(tmp_path)).result
    assert finding(result, "changed_since_fit")["severity"] == "passed"


def test_groups_and_attributes_are_kept_for_the_intervals_and_the_audit(tmp_path):
    rows = [(text, f"{label},{n // 4},{n % 2}") for n, (text, label) in enumerate(ROWS)]
    data = table(tmp_path, rows, "text,label,customer,device")
    options = ReadOptions(groups="customer", attributes=("device",), target="label")
    found = measured(bundle(tmp_path), data, options).evidence
    assert len(set(found.groups)) == 10
    assert found.attributes["device"].tolist()[:3] == ["0", "1", "0"]


def test_columns_to_audit_are_refused_before_anything_is_read(tmp_path, monkeypatch):
    made = bundle(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="No columns can be audited"):
        measured(made, tmp_path / "nowhere.csv", ReadOptions(attributes=("device",)))


def test_copies_are_one_piece_of_evidence(tmp_path):
    found = measured(bundle(tmp_path), table(tmp_path, [*ROWS, *ROWS[:10]])).evidence
    assert (len(found.truth), len(set(found.groups))) == (50, 40)
    once = measured(bundle(tmp_path / "once"), table(tmp_path)).evidence
    assert once.groups is None


def test_one_group_is_not_applicable_with_its_reason_and_not_that_of_a_missing_control(tmp_path):
    rows = [(text, f"{label},anna") for text, label in ROWS]
    options = ReadOptions(groups="customer", target="label")
    result = measured(bundle(tmp_path), table(tmp_path, rows, "text,label,customer"), options).result
    gain = result["transfer_gain"]
    assert (gain["value"], gain["verdict"], gain["control"]) == (None, "not applicable", "tfidf")
    assert gain["reason"].startswith("Not applicable, because the test rows belong together in one group")


def test_what_is_shown_is_explained_by_the_bundle(tmp_path):
    typical = measured(bundle(tmp_path), table(tmp_path)).examples["typical"][0]
    spans = typical["explained"]["spans"]
    assert max(spans, key=lambda span: span[2])[:2] == [0, 4]
    assert typical["text"].startswith("good")
