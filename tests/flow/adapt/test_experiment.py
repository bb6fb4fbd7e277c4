import csv
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.flow import tiny_domains, tiny_runs
from tests.flow.documented import fields
from warmstart.errors import BudgetError, DataError, PathError, RunConflict
from warmstart.flow.adapt import experiment
from warmstart.flow.adapt.experiment import adapt
from warmstart.flow.adapt.tried import SOURCE_ONLY
from warmstart.report import render
from warmstart.runtime.bundle import Bundle
from warmstart.sources._tiny import tiny_folder
from warmstart.store.cache import Cache

ROWS = 60


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.draw_less(patch)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapting")
    tiny_domains.photos(folder / "day", ROWS, light=0, seed=0)
    tiny_domains.photos(folder / "night", ROWS, light=-60, seed=1, flat=True)
    tiny_domains.photos(folder / "looked at", ROWS, light=-60, seed=2)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("source") / "tiny", "resnet")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache(tmp_path_factory.mktemp("adapting-cache"))


@pytest.fixture(scope="module")
def blind(home, source, cache):
    return adapt(tiny_domains.command(home, source), cache=cache)


@pytest.fixture(scope="module")
def informed(home, source, cache):
    """With labels of some target rows."""
    config = tiny_domains.command(home, source, labels=str(home / "looked at"), own={"out": home / "informed"})
    return adapt(config, cache=cache)


def answered(run):
    with (run / "target.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_result_says_that_the_gain_is_estimated(blind):
    assert set(blind.result) == fields("adapt")
    assert blind.result["evaluation"] == "estimated"
    assert blind.result["transfer_gain"]["value"] is None
    assert "estimated, not measured" in blind.result["transfer_gain"]["reason"]
    rows = {"train": ROWS, "validation": 0, "test": 0, "target": ROWS, "skipped": 0, "unlabelled": 0}
    assert blind.result["task"]["rows"] == rows


def test_it_says_how_far_apart_the_domains_are(blind):
    found = blind.result["adaptation"]["distance"]
    assert found["auc"] > 0.9
    assert all(word in found["sentence"] for word in ("far apart", "AUC", "MMD", "permutation test", "answers '"))


def test_every_method_is_told_with_its_class_shares(blind):
    methods = {one["name"]: one for one in blind.result["adaptation"]["methods"]}
    assert next(iter(methods)) == SOURCE_ONLY
    assert methods["class_mix"]["status"] == "not applicable"
    finished = [one for one in methods.values() if one["status"] == "finished"]
    assert all(sum(one["shares"].values()) == pytest.approx(1) for one in finished)
    assert methods[SOURCE_ONLY]["distance"] == methods[SOURCE_ONLY]["changed"] == 0


def test_the_bundle_answers_as_was_computed(home, blind):
    rows = answered(blind.folder)
    files = [str(home / "night" / row["input"]) for row in rows]
    found = Bundle.open(blind.folder / "bundle").predict(files, threads=1)
    expected = np.array([[float(row[name]) for name in found.classes] for row in rows])
    assert np.abs(found.proba - expected).max() < 1e-4
    assert [found.classes[code] for code in found.codes] == [row["predicted"] for row in rows]


@pytest.fixture(scope="module")
def damaged(home, source, tmp_path_factory):
    """An adaptation of which a row of the source and one of the target cannot be read, and two rows are equal."""
    here = tmp_path_factory.mktemp("damaged")
    day = shutil.copytree(home / "day", here / "day")
    night = shutil.copytree(home / "night", here / "night")
    (day / "red" / "broken.png").write_bytes(b"no image")
    (night / "torn.png").write_bytes(b"no image")
    shutil.copy(next((day / "blue").iterdir()), day / "blue" / "again.png")
    return adapt(tiny_domains.command(here, source), cache=Cache(here / "cache"))


def test_rows_that_cannot_be_read_are_named_in_both_domains(damaged):
    named = {(row["domain"], Path(row["id"]).name) for row in damaged.result["skipped"]}
    assert named == {("source", "broken.png"), ("target", "torn.png")}
    assert damaged.result["task"]["rows"]["skipped"] == 2


def test_a_target_input_that_cannot_be_read_has_a_reason_and_no_answer(damaged):
    last = answered(damaged.folder)[-1]
    assert (last["input"], last["predicted"], last["red"]) == ("torn.png", "", "")
    assert last["reason"] == next(row["reason"] for row in damaged.result["skipped"] if row["domain"] == "target")
    assert list(last)[:3] == ["input", "predicted", "probability"]
    assert list(last)[-1] == "reason"


def test_what_is_wrong_with_the_data_and_the_licences_is_reported(damaged):
    findings = {one["code"]: one["sentence"] for one in damaged.result["findings"]}
    assert {"unreadable", "duplicates", "unreadable_target"} <= set(findings)
    assert damaged.result["adaptation"]["distance"]["rows"] == [ROWS, ROWS]
    assert any(code.startswith("licence") for code in findings)
    assert "torn.png" in findings["unreadable_target"]
    page = render(damaged.folder)
    assert "1 of the target&#39;s 61 inputs could not be used: torn.png" in page
    assert damaged.result["next"][0] in page


def test_the_bundle_names_what_it_saw(blind):
    lineage = Bundle.open(blind.folder / "bundle").lineage
    assert len(lineage[-1].rows) == 2 * ROWS


def test_the_bundle_says_why_it_does_not_flag_unlike_inputs(blind):
    said = Bundle.open(blind.folder / "bundle").no_feature_reference
    assert said == "it is not measured for a model that was adapted to inputs without labels."


def test_a_finished_run_prints_its_result_and_another_command_is_refused(home, source, blind, cache):
    again = adapt(tiny_domains.command(home, source), cache=cache)
    assert again.finished_before
    assert again.result == blind.result
    with pytest.raises(RunConflict, match="mix"):
        adapt(tiny_domains.command(home, source, mix={"red": 0.5, "blue": 0.5}), cache=cache)


def test_what_was_embedded_before_is_not_embedded_again(home, source, blind, cache, monkeypatch):
    seen = []
    config = tiny_domains.command(home, source, own={"out": home / "again"})
    found = adapt(config, cache=cache, progress=lambda step, done, total: seen.append(step))
    assert not any(step.startswith("embed") for step in seen)
    left = ("seconds", "peak_rss_mb", "adaptation", "next")
    assert {k: v for k, v in found.result.items() if k not in left} == {
        k: v for k, v in blind.result.items() if k not in left
    }


def test_progress_is_told_of_both_data_sets(home, source, tmp_path):
    steps = set()
    config = tiny_domains.command(home, source, own={"out": tmp_path / "told"})
    adapt(config, cache=Cache(tmp_path / "cache"), progress=lambda step, done, total: steps.add(step))
    assert {"embed day", "embed night", "adapt"} <= steps


def test_with_labels_the_gain_is_measured(informed):
    result = informed.result
    assert result["evaluation"] == "cross-fitted"
    assert result["task"]["rows"]["test"] == ROWS
    gain = result["transfer_gain"]
    assert gain["low"] <= gain["value"] <= gain["high"]
    assert gain["control"] == SOURCE_ONLY
    assert result["test"]["accuracy"]["value"] >= result["controls"][0]["accuracy"]["value"] - 0.05
    assert all("test" in one for one in result["adaptation"]["methods"] if one["status"] == "finished")
    assert "measured on labelled rows" in result["adaptation"]["estimate"]["sentence"]
    assert Bundle.open(informed.folder / "bundle").evidence().licences


def test_a_known_mix_is_used(home, source, cache):
    config = tiny_domains.command(home, source, mix={"red": 0.5, "blue": 0.5}, own={"out": home / "mixed"})
    found = adapt(config, cache=cache).result
    assert found["chosen"]["strategy"] == "standardised_self_training"
    assert found["adaptation"]["mix"] == {"red": 0.5, "blue": 0.5}
    assert any("class mix of the target was given" in sentence for sentence in found["adaptation"]["basis"])
    assert "if the class mix is as given" in found["adaptation"]["estimate"]["sentence"]
    assert found["adaptation"]["estimate"]["low"] is None
    assert "Gain over not adapting, estimated" in render(home / "mixed")


def test_a_named_method_is_the_one_that_is_judged(home, source, cache):
    config = tiny_domains.command(home, source, methods=("standardise",), own={"out": home / "named"})
    found = adapt(config, cache=cache).result
    assert [one["name"] for one in found["adaptation"]["methods"]] == [SOURCE_ONLY, "standardise"]
    assert "nine times in ten" not in found["adaptation"]["estimate"]["sentence"]


def test_the_page_says_so_too(blind, informed):
    page = render(blind.folder)
    assert "estimated, not measured" in page
    assert "No label of the target was given" in page
    assert "benchmark tasks with known labels" in page
    assert "on labelled target rows" in render(informed.folder)


def test_the_model_card_holds_the_estimate(blind):
    card = (blind.folder / "bundle" / "README.md").read_text(encoding="utf-8")
    assert blind.result["adaptation"]["distance"]["sentence"][:40] in card
    assert "opened once" not in card


def test_too_few_labels_are_refused(home, source, cache):
    tiny_domains.photos(home / "ten", 10, light=-60, seed=3)
    config = tiny_domains.command(home, source, labels=str(home / "ten"), own={"out": home / "ten labels"})
    with pytest.raises(DataError, match=r"at least 50 rows labelled.*Got 10"):
        adapt(config, cache=cache)


def test_labels_of_the_target_that_are_written_otherwise_are_named(home, source, cache):
    tiny_domains.photos(home / "dusk", 60, light=30, seed=9)
    for name in ("red", "blue"):
        (home / "dusk" / name).rename(home / "dusk" / name.upper())
    config = tiny_domains.command(home, source, labels=str(home / "dusk"), own={"out": home / "upper"})
    with pytest.raises(DataError, match=r"Got 0\. There are rows of BLUE, RED, and its classes are blue, red\."):
        adapt(config, cache=cache)


def test_a_path_to_labels_that_is_not_there_is_taken_for_no_column(home, source, cache):
    config = tiny_domains.command(home, source, labels=str(home / "nigth"), own={"out": home / "mistyped"})
    with pytest.raises(PathError, match=r"nigth does not exist\..* Did you mean 'night'\?"):
        adapt(config, cache=cache)


def test_a_budget_that_does_not_pay_is_refused(home, source, cache, monkeypatch):
    monkeypatch.setattr(experiment, "DELIVERY_SECONDS", 1000.0)
    config = tiny_domains.command(home, source, own={"out": home / "poor"})
    with pytest.raises(BudgetError, match=r"one pass over both data sets and delivery.*Try --budget"):
        adapt(config, cache=cache)


def test_the_same_seed_gives_the_same_answers(home, source, blind, cache):
    config = tiny_domains.command(home, source)
    config = dataclasses.replace(config, source=dataclasses.replace(config.source, out=home / "twice"))
    adapt(config, cache=cache)
    assert answered(home / "twice") == answered(blind.folder)
