import dataclasses
import shutil

import numpy as np
import pytest

from tests.flow import tiny_runs
from tests.flow.documented import fields
from warmstart.errors import BudgetError, RunConflict
from warmstart.flow import experiment
from warmstart.flow.experiment import fit
from warmstart.runtime.bundle import Bundle
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json
from warmstart.store.cache import Cache

STEPS = {"load", "controls", "rank", "embed", "adapt", "evaluate", "diagnose", "deliver", "total"}
GAIN = {"metric", "value", "low", "high", "detectable", "candidate", "control", "verdict"}
METRICS = {"accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece"}
TRAINED, SEALED = 40, 20


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("experiment")
    tiny_runs.photos(folder / "photos", TRAINED, seed=0)
    tiny_runs.photos(folder / "sealed", SEALED, seed=1)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("source") / "tiny", "resnet")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache(tmp_path_factory.mktemp("experiment-cache"))


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.draw_less(patch)
        yield


@pytest.fixture(scope="module")
def said():
    return {"steps": [], "leaders": []}


@pytest.fixture(scope="module")
def held_out(home, source, cache, said):
    config = tiny_runs.command(home, source, strategy=("auto",))
    return fit(
        config,
        cache=cache,
        progress=lambda step, done, total: said["steps"].append((step, done, total)),
        leader=said["leaders"].append,
    )


@pytest.fixture(scope="module")
def crossed(home, source, cache):
    """The outcome of a run with outer folds, and on which rows each fold chose and was tested."""
    seen = {"chosen on": [], "tested on": []}
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.leave_out(patch, "hog")
        procedure, answers = experiment.procedure, experiment.answers

        def note_chosen(bench, rows, scope):
            seen["chosen on"].append(rows)
            return procedure(bench, rows, scope)

        def note_tested(bench, ready, rows):
            seen["tested on"].append((len(seen["chosen on"]) - 1, rows))
            return answers(bench, ready, rows)

        patch.setattr(experiment, "procedure", note_chosen)
        patch.setattr(experiment, "answers", note_tested)
        config = tiny_runs.command(home, source, test=None, out=home / "crossed")
        return fit(config, cache=cache), seen


def test_the_result_has_every_key_of_the_contract(held_out, crossed):
    for result in (strict_json.load(held_out.folder / "result.json"), crossed[0].result):
        assert set(result) == fields("fit")
        assert result["schema"] == "warmstart.result/1"
        assert {"kind", "modality", "classes", "rows"} <= set(result["task"])
        assert set(result["task"]["rows"]) == {"train", "validation", "test", "skipped"}
        assert {"source", "strategy", "cut", "is_control"} <= set(result["chosen"])
        assert set(result["test"]) >= METRICS
        assert all({"value", "low", "high"} <= set(result["test"][metric]) for metric in METRICS)
        assert set(result["transfer_gain"]) >= GAIN
        assert {"value", "low", "high"} <= set(result["labels_saved"])
        assert {"source", "cut", "scores", "rank"} <= set(result["ranking"][0])
        assert {"source", "strategy", "cut", "validation", "seconds", "status"} <= set(result["trials"][0])
        assert {"code", "severity", "sentence", "numbers", "remedy"} <= set(result["findings"][0])
        assert set(result["seconds"]) >= STEPS
        assert result["peak_rss_mb"] > 0


def test_the_run_folder_has_what_tools_read(held_out):
    there = {path.name for path in held_out.folder.iterdir()}
    assert {"run.json", "trials.jsonl", "bundle", "result.json", "split.json"} <= there
    assert "checkpoints" not in there


def test_the_test_rows_are_those_that_were_given(held_out, crossed):
    rows = held_out.result["task"]["rows"]
    assert held_out.result["evaluation"] == "held-out"
    assert (rows["train"] + rows["validation"], rows["test"]) == (TRAINED, SEALED)
    assert crossed[0].result["evaluation"] == "cross-fitted"
    assert crossed[0].result["task"]["rows"]["test"] == TRAINED


def test_the_bundle_counts_the_rows_that_it_was_fitted_on(held_out):
    rows = held_out.result["task"]["rows"]
    again = rows["validation"] if held_out.result["chosen"]["refitted"] else 0
    assert Bundle.open(held_out.folder / "bundle").reference["rows"] == rows["train"] + again


def test_every_control_and_every_trial_is_accounted_for(held_out):
    controls = {control["name"]: control for control in held_out.result["controls"]}
    assert set(controls) == {"hog", "majority", "scratch", "tf-idf", "untouched"}
    assert controls["majority"]["accuracy"]["value"] == 0.5
    assert controls["tf-idf"]["reason"].startswith("Not applicable: ")
    strategies = {trial["strategy"] for trial in held_out.result["trials"]}
    assert {"probe", "prototypes", "partial", "full"} <= strategies


def test_the_bundle_gives_the_probabilities_that_were_evaluated(held_out, home):
    bundle = Bundle.open(held_out.folder / "bundle")
    evidence = bundle.evidence()
    paths = [str(home / "sealed" / name.removeprefix("test: ")) for name in evidence.ids]
    found = bundle.predict(paths)
    assert not found.failed
    np.testing.assert_allclose(found.proba, evidence.predictions["delivered"].proba, atol=1e-4)
    np.testing.assert_array_equal(found.codes, evidence.predictions["delivered"].codes)
    value = held_out.result["test"]["accuracy"]["value"]
    assert value == pytest.approx(np.mean(found.codes == evidence.truth))


def test_every_model_answers_identical_rows(held_out):
    evidence = Bundle.open(held_out.folder / "bundle").evidence()
    assert {"delivered", "candidate", "control", "hog", "majority", "scratch"} <= set(evidence.predictions)
    assert all(len(answers.codes) == SEALED for answers in evidence.predictions.values())


def test_what_was_answered_on_validation_rows_is_evidence(held_out, crossed):
    for outcome in (held_out, crossed[0]):
        evidence = Bundle.open(outcome.folder / "bundle").evidence()
        assert len(evidence.validation.truth) == outcome.result["task"]["rows"]["validation"]
        assert evidence.abstain_below.shape == evidence.truth.shape
        assert {"bias", "calibration"} <= {finding["code"] for finding in outcome.result["findings"]}


def test_how_unlike_the_training_rows_the_test_rows_are_is_evidence_and_the_bundle_says_the_same(
    tmp_path, source, cache, monkeypatch
):
    tiny_runs.leave_out(monkeypatch, "hog", "scratch")
    tiny_runs.photos(tmp_path / "photos", 90, seed=0)
    tiny_runs.photos(tmp_path / "sealed", SEALED, seed=1)
    outcome = fit(tiny_runs.command(tmp_path, source), cache=cache)
    bundle = Bundle.open(outcome.folder / "bundle")
    evidence = bundle.evidence()
    paths = [str(tmp_path / "sealed" / name.removeprefix("test: ")) for name in evidence.ids]
    assert bundle.predict(paths).p_values.tolist() == evidence.novelty.p_values.tolist()
    assert len(bundle.feature_reference.distances) == pytest.approx(90 / 3, abs=1)
    assert evidence.novelty.distances == len(bundle.feature_reference.distances)
    assert bundle.no_feature_reference == ""
    [found] = [one for one in outcome.result["findings"] if one["code"] == "out_of_distribution"]
    assert found["numbers"]["share"]["value"] == pytest.approx(np.mean(evidence.novelty.p_values <= 0.05))


def test_too_few_rows_to_compare_with_are_said(held_out, crossed):
    for outcome in (held_out, crossed[0]):
        bundle = Bundle.open(outcome.folder / "bundle")
        assert np.isnan(bundle.evidence().novelty.p_values).all()
        assert bundle.feature_reference is None
        assert "features hardly vary" in bundle.no_feature_reference or "19 rows" in bundle.no_feature_reference
        [found] = [one for one in outcome.result["findings"] if one["code"] == "out_of_distribution"]
        assert found["severity"] == "not applicable"


def test_progress_is_told_and_the_leader_named(held_out, said):
    steps = {step for step, _, _ in said["steps"]}
    assert {"measure", "closed forms", "predict"} <= steps
    assert any(step.startswith("train partial at ") for step in steps)
    assert all(0 <= done <= total for _, done, total in said["steps"])
    assert any("probe" in leader and "%" in leader for leader in said["leaders"])


def test_a_finished_run_is_not_run_again(held_out, home, source, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a finished run must not be prepared again")

    monkeypatch.setattr(experiment, "prepare", refuse)
    again = fit(tiny_runs.command(home, source, strategy=("auto",)))
    assert again.finished_before
    assert again.result == strict_json.load(held_out.folder / "result.json") == held_out.result


def test_another_command_on_the_same_folder_is_refused(held_out, home, source):
    with pytest.raises(RunConflict, match="seed=0, and this command says seed=1"):
        fit(tiny_runs.command(home, source, strategy=("auto",), seed=1))


def test_without_a_better_candidate_the_control_is_delivered(held_out):
    result = held_out.result
    assert result["chosen"]["is_control"]
    assert result["chosen"]["strategy"] == "hog"
    bundle = Bundle.open(held_out.folder / "bundle")
    assert bundle.manifest["is_control"]
    assert bundle.manifest["source"] is None
    assert bundle.control() is None


def test_where_transfer_wins_it_is_delivered_with_the_control_beside_it(home, source, cache, monkeypatch):
    tiny_runs.leave_out(monkeypatch, "hog", "scratch")
    outcome = fit(tiny_runs.command(home, source, out=home / "wins"), cache=cache)
    result = outcome.result
    assert not result["chosen"]["is_control"]
    assert result["chosen"]["source"] == "tiny"
    assert (result["transfer_gain"]["control"], result["transfer_gain"]["verdict"]) == ("majority", "helps")
    bundle = Bundle.open(outcome.folder / "bundle")
    assert bundle.card.name == "tiny"
    evidence = bundle.evidence()
    paths = [str(home / "sealed" / name.removeprefix("test: ")) for name in evidence.ids]
    np.testing.assert_allclose(bundle.predict(paths).proba, evidence.predictions["delivered"].proba, atol=1e-4)
    np.testing.assert_allclose(bundle.control().predict(paths).proba, evidence.predictions["control"].proba, atol=1e-4)


def test_the_test_labels_decide_nothing(home, source, cache, tmp_path):
    """Turn the labels of the sealed rows round: everything is the same but the score."""
    shutil.copytree(home / "photos", tmp_path / "photos")
    for one, other in (("red", "blue"), ("blue", "red")):
        shutil.copytree(home / "sealed" / one, tmp_path / "sealed" / other)
    told = fit(tiny_runs.command(home, source, out=home / "told"), cache=cache)
    turned = fit(tiny_runs.command(tmp_path, source), cache=cache)
    same, other = tiny_runs.numbers(told.result), tiny_runs.numbers(turned.result)
    for name in ("chosen", "trials", "task"):
        assert same[name] == other[name]
    for name in ("candidate", "control"):
        assert same["transfer_gain"][name] == other["transfer_gain"][name]
    one, two = (Bundle.open(outcome.folder / "bundle") for outcome in (told, turned))
    assert one.labels.temperature == two.labels.temperature
    assert one.labels.weights.tolist() == two.labels.weights.tolist()
    assert other["test"]["accuracy"]["value"] == pytest.approx(1 - same["test"]["accuracy"]["value"])


def test_every_row_is_tested_once_by_a_procedure_that_never_saw_it(crossed):
    outcome, seen = crossed
    chosen, tested = seen["chosen on"], {}
    assert len(chosen) == 6
    for fold, rows in seen["tested on"]:
        assert not set(rows) & set(chosen[fold])
        tested[fold] = rows
    assert sorted(np.concatenate(list(tested.values()))) == list(range(TRAINED))
    assert set(chosen[-1]) == set(range(TRAINED))
    evidence = Bundle.open(outcome.folder / "bundle").evidence()
    assert len(set(evidence.ids)) == TRAINED


def test_every_choice_is_made_again_in_every_outer_fold(crossed):
    lines = [strict_json.loads(line) for line in (crossed[0].folder / "trials.jsonl").read_text().splitlines()]
    scopes = {line["scope"]: [] for line in lines if line["event"] == "trial"}
    assert set(scopes) == {*(f"fold {fold}" for fold in range(1, 6)), "main"}


def test_data_that_changed_under_a_begun_run_is_refused(home, source, cache, tmp_path):
    tiny_runs.photos(tmp_path / "photos", 12, seed=0)
    config = tiny_runs.command(tmp_path, source, test=None)

    def stop(step, done, total):
        if step == "embed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(config, cache=cache, progress=stop)
    (tmp_path / "photos" / "red" / "000.png").unlink()
    with pytest.raises(RunConflict, match=r"The data has changed since the run in .* began\. Restore it"):
        fit(config, cache=cache)


def test_a_budget_too_small_is_refused_and_the_advised_one_runs_in_the_same_folder(home, source, cache):
    config = tiny_runs.command(home, source, out=home / "small", budget=1.0)
    with pytest.raises(BudgetError, match=r"Try --budget \d+s"):
        fit(config, cache=cache)

    def stop(step, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(dataclasses.replace(config, budget=100.0), cache=cache, progress=stop)


KILLS = ("closed forms", "train partial", "train full", "train scratch", "predict")


def test_a_run_that_is_killed_again_and_again_ends_with_the_numbers_of_the_unbroken_one(
    home, source, cache, monkeypatch
):
    tiny_runs.leave_out(monkeypatch, "hog")
    config = tiny_runs.command(home, source, strategy=("probe", "partial", "full"), out=home / "broken")
    waiting, done_before = [*KILLS], []

    def kill(step, done, total):
        if waiting and step.startswith(waiting[0]) and (step, done) not in done_before and done:
            done_before.append((step, done))
            waiting.pop(0)
            raise KeyboardInterrupt

    broken = None
    for _ in range(len(KILLS) + 1):
        try:
            broken = fit(config, cache=cache, progress=kill)
            break
        except KeyboardInterrupt:
            assert not (home / "broken" / "result.json").exists()
    assert not waiting
    assert broken is not None
    assert not broken.finished_before
    (home / "whole").mkdir()
    shutil.copy(home / "broken" / "run.json", home / "whole" / "run.json")
    whole = fit(dataclasses.replace(config, out=home / "whole"), cache=cache)
    assert tiny_runs.numbers(broken.result) == tiny_runs.numbers(whole.result)
    trained = [trial for trial in whole.result["trials"] if trial["epochs"] and trial["strategy"] != "scratch"]
    assert any(trial["status"] == "finished" for trial in trained)
