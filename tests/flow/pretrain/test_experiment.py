import csv
import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from tests.flow import tiny_runs
from warmstart.errors import BudgetError, BundleError, DataError, NotApplicable, OptionError, RunConflict, SourceError
from warmstart.flow.config import FitConfig
from warmstart.flow.load import load
from warmstart.flow.pretrain import course, judged, rows
from warmstart.flow.pretrain.config import PretrainConfig
from warmstart.flow.pretrain.experiment import pretrain
from warmstart.flow.pretrain.plan import PretrainPlan
from warmstart.flow.sources import open_source
from warmstart.learning import intervals, paired
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.sources._tiny import WORDS, tiny_folder
from warmstart.store import strict_json
from warmstart.store.atomic import new_folder

ROWS, JUDGED = 60, 50
BOTH = ReadOptions(classes=("red", "blue"))
PLAN = PretrainPlan(100.0, 5, 4, 3, 0.1, 0.1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Photos without labels, a copy among them; photos to judge on, one of which is among the others too; texts."""
    folder = tmp_path_factory.mktemp("pretrain")
    tiny_runs.photos(folder / "photos", ROWS, seed=0)
    tiny_runs.photos(folder / "labelled", JUDGED, seed=1)
    first = folder / "photos" / "red" / "000.png"
    (folder / "photos" / "red" / "copy.png").write_bytes(first.read_bytes())
    (folder / "photos" / "shared.png").write_bytes((folder / "labelled" / "red" / "000.png").read_bytes())
    tiny_folder(folder / "resnet", "resnet")
    tiny_folder(folder / "bert", "bert")
    texts(folder / "reviews.csv", ROWS, seed=0)
    texts(folder / "labelled.csv", JUDGED, seed=1)
    return folder


def texts(file, rows, *, seed):
    rng = np.random.default_rng(seed)
    others = [word for word in WORDS if word.isalpha() and word not in ("good", "bad")]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label"))
        for row in range(rows):
            words = rng.choice(others, size=8).tolist()
            writer.writerow((" ".join([*words, ("good", "bad")[row % 2]]), ("yes", "no")[row % 2]))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    """Few rows are enough, the plan does not depend on the clock, and intervals take few draws."""
    monkeypatch.setattr(rows, "FEWEST", 30)
    monkeypatch.setattr(judged, "FEWEST", 30)
    monkeypatch.setattr(course, "plan_rounds", lambda *given: PLAN)
    monkeypatch.setattr(paired.Resampling, "__init__", _few_draws(intervals.Resampling.__init__))


def _few_draws(init):
    def drawn(self, *given, **named):
        init(self, *given, **{**named, "draws": tiny_runs.DRAWS})

    return drawn


def command(home, *, judge=None, method="auto", target=None, **changes):
    values = {
        "data": str(home / "photos"),
        "options": ReadOptions(target=target),
        "out": home / "run",
        "source": (str(home / "resnet"),),
        "budget": 100.0,
        "threads": 1,
    }
    return PretrainConfig(FitConfig(**values | changes), method=method, judge=judge)


def of_texts(home, **changes):
    return command(home, **{"data": str(home / "reviews.csv"), "source": (str(home / "bert"),), **changes})


def numbers(result):
    """Return a result without what the clock and the memory say, and without the run's own name."""
    rounds = [{name: row[name] for name in ("round", "loss", "probe")} for row in result["rounds"]]
    left_out = ("seconds", "peak_rss_mb", "rounds", "name", "next", "sentence", "judgement")
    return {name: value for name, value in result.items() if name not in left_out} | {"rounds": rounds}


@pytest.fixture(scope="module")
def finished(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "FEWEST", 30)
        patch.setattr(judged, "FEWEST", 30)
        patch.setattr(course, "plan_rounds", lambda *given: PLAN)
        return pretrain(command(home, judge=str(home / "labelled"), options=BOTH))


def test_the_result_says_what_was_done_and_what_it_is_worth(finished):
    result = finished.result
    assert result["schema"] == "warmstart.pretrain/1"
    assert result["rows"] == {"trained": ROWS - 16, "held": 16, "undrawn": 0, "copies": 1, "judged": 1, "skipped": 0}
    assert (result["source"], result["method"]["name"], result["cut"]) == ("resnet", "vicreg", "block_1")
    assert [row["round"] for row in result["rounds"]] == list(range(1, len(result["rounds"]) + 1))
    found = result["judgement"]
    assert found["verdict"] in ("better", "worse", "no evidence")
    assert found["rows"] == JUDGED
    assert found["difference"]["low"] <= found["difference"]["value"] <= found["difference"]["high"]
    assert found["difference"]["value"] == pytest.approx(found["new"]["value"] - found["old"]["value"])
    assert result["sentence"] == f"{found['sentence']} {found['advice']}"
    assert all(line.endswith("--classes red,blue") for line in result["next"][1:])
    assert result == strict_json.load(finished.folder / "result.json")


def test_the_best_round_by_the_probe_is_kept(finished):
    probes = [row["probe"] for row in finished.result["rounds"]]
    assert finished.result["stopped"]["best_round"] == int(np.argmax(probes)) + 1
    assert finished.result["probe"]["best"]["value"] == pytest.approx(max(probes))


def test_what_it_made_is_a_source_of_its_own_with_lineage(home, finished):
    made, old = open_source(str(finished.folder)), open_source(str(home / "resnet"))
    assert made.card.name == "run"
    assert made.card.trained_on.endswith("then pre-trained here (vicreg) on 44 images of photos")
    assert [step.name for step in made.card.lineage] == ["resnet", "run"]
    assert (made.stages, made.preparation, made.head) == (old.stages, old.preparation, None)
    assert made.card.sha256 != old.card.sha256


def test_the_rows_it_saw_are_known_those_of_the_probe_too_and_no_judged_one(home, finished):
    with Decoder(workers=1) as decoder:
        hashes = load(home / "photos", decoder=decoder).dataset.hashes
        labelled = load(home / "labelled", decoder=decoder).dataset.hashes
    seen = open_source(str(finished.folder)).card.rows_seen()
    assert seen == set(hashes)
    assert not seen & set(labelled)


def test_what_lies_below_the_cut_is_the_old_sources(home, finished):
    made, old = (open_source(str(place)).build().state_dict() for place in (finished.folder, home / "resnet"))
    moved = {name for name, value in old.items() if not np.array_equal(value, made[name])}
    assert moved
    assert not any(name.startswith(("stages.0.", "stages.1.")) for name in moved)


def test_it_answers_nothing_and_says_so(finished):
    with pytest.raises(BundleError, match=r"is a source that `warmstart pretrain` made.*warmstart fit DATA --source"):
        Bundle.open(finished.folder / "bundle")


def test_a_damaged_source_is_refused(home, finished, tmp_path):
    with new_folder(tmp_path / "copy") as copy:
        for file in (finished.folder / "bundle").iterdir():
            if file.is_file():
                (copy / file.name).write_bytes(file.read_bytes())
        data = bytearray((copy / "weights.safetensors").read_bytes())
        data[-1] ^= 1
        (copy / "weights.safetensors").write_bytes(data)
    with pytest.raises(BundleError, match="has changed since it was made"):
        open_source(str(tmp_path / "copy"))


def test_a_finished_run_is_read_and_another_command_is_refused(home, finished):
    again = pretrain(command(home, judge=str(home / "labelled"), options=BOTH))
    assert again.finished_before
    assert again.result == finished.result
    with pytest.raises(RunConflict, match="seed=0, and this command says seed=1"):
        pretrain(command(home, judge=str(home / "labelled"), options=BOTH, seed=1))


@pytest.mark.parametrize("killed_at", [3, 12])
def test_killed_and_started_again_it_comes_to_the_same_numbers_and_weights(home, killed_at):
    whole = pretrain(of_texts(home, out=home / f"whole-{killed_at}"))
    config = of_texts(home, out=home / f"killed-{killed_at}")

    def kill(step, done, total):
        if step == "pretrain" and done == killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(config, progress=kill)
    resumed = pretrain(config)
    assert numbers(resumed.result) == numbers(whole.result)
    assert weights(resumed) == weights(whole)


def weights(outcome):
    return (outcome.folder / "bundle" / "weights.safetensors").read_bytes()


def test_texts_are_pretrained_by_masked_words_and_without_labels_nothing_is_claimed(home):
    result = pretrain(of_texts(home, out=home / "texts")).result
    assert result["method"]["name"] == "masked-language"
    assert result["judgement"] is None
    assert "Whether it is better was not judged: no labels were given." in result["sentence"]
    assert open_source(str(home / "texts")).card.modality == "text"


def test_a_source_that_was_pretrained_is_pretrained_further(home):
    first = pretrain(of_texts(home, out=home / "once"))
    second = pretrain(of_texts(home, out=home / "twice", source=(str(first.folder),), seed=1))
    lineage = [step.name for step in open_source(str(second.folder)).card.lineage]
    assert list(dict.fromkeys(lineage)) == ["bert", "once", "twice"]


def test_texts_are_judged_by_the_column_that_is_named(home):
    config = of_texts(home, out=home / "judged-texts", judge=str(home / "labelled.csv"), target="label")
    found = pretrain(config).result["judgement"]
    assert found["classes"] == ["no", "yes"]
    assert found["data"] == "labelled.csv"


def test_what_the_old_source_has_seen_of_the_judging_data_is_left_out(home):
    first = pretrain(command(home, out=home / "saw"))
    config = command(home, data=str(home / "labelled"), source=(str(first.folder),), judge=str(home / "photos"))
    with pytest.raises(DataError, match=r"Judging needs at least 30.*photos has 0; 61 more were seen by the source"):
        pretrain(dataclasses.replace(config, fit=dataclasses.replace(config.fit, out=home / "none-left")))


def test_judging_rows_of_one_group_are_refused_before_anything_is_trained(home):
    one = ReadOptions(groups="file~png$")
    with pytest.raises(DataError, match=r"cannot be judged on labelled, because .* in one group, too few to tell .*"):
        pretrain(command(home, options=one, judge=str(home / "labelled"), out=home / "one-group"))
    assert not (home / "one-group" / "checkpoints").exists()


def test_a_deadline_cuts_the_tail_and_says_so_and_is_kept_to_when_resumed(home, monkeypatch):
    late = dataclasses.replace(PLAN, seconds=1e9)
    monkeypatch.setattr(course, "plan_rounds", lambda *given: late)
    result = pretrain(of_texts(home, out=home / "late")).result
    assert len(result["rounds"]) == 1
    assert result["stopped"]["sentence"].startswith("The budget ended it after 1 of the 4 rounds that were planned.")
    assert json.loads((home / "late" / "run.json").read_text())["cut_short"] == 1


def test_a_budget_too_small_is_refused_before_anything_is_trained(home, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(rows, "FEWEST", 30)
    with pytest.raises(BudgetError, match=r"The budget must pay for reading, 3 short rounds of training"):
        pretrain(of_texts(home, out=home / "short", budget=1.0))
    assert not (home / "short" / "checkpoints").exists()


def test_data_that_has_changed_is_not_gone_on_with(home):
    texts(home / "changing.csv", ROWS, seed=2)
    config = of_texts(home, data=str(home / "changing.csv"), out=home / "changed")

    def kill(step, done, total):
        if step == "pretrain":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(config, progress=kill)
    texts(home / "changing.csv", ROWS, seed=3)
    with pytest.raises(RunConflict, match="The data has changed since the run"):
        pretrain(config)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"source": "bert"}, DataError, r"'bert' takes text inputs, and photos holds image inputs\. Name another"),
        (
            {"method": "masked-language"},
            OptionError,
            r"must be for image inputs without labels here: vicreg\. 'masked-language' is",
        ),
        ({"method": "prototypical"}, OptionError, r"'prototypical' is for image and text inputs with labels \(--epi"),
        ({"cut": "input"}, OptionError, r"must leave the first stage frozen and the last one to train: one of stem"),
        ({"cut": "block_3"}, OptionError, r"Got 'block_3'\. Try auto"),
        ({"cut": "block_9"}, OptionError, "has no stage 'block_9'"),
        ({"source": "photos"}, SourceError, "There is no source"),
        ({"target": "label"}, OptionError, r"`--target` is of rows whose labels are read: .* Got neither\."),
        ({"options": BOTH}, OptionError, r"`--classes` is of rows whose labels are read"),
        ({"options": ReadOptions(groups="file")}, OptionError, r"`--groups` is of rows whose labels are read"),
        ({"judge": "labelled.csv"}, DataError, "must be of kind 'image'"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(home, tmp_path, changes, error, sentence):
    values = {name: value for name, value in changes.items() if name not in ("source", "judge")}
    if "source" in changes:
        values["source"] = (str(home / changes["source"]),)
    if "judge" in changes:
        values["judge"] = str(home / changes["judge"])
    with pytest.raises(error, match=sentence):
        pretrain(command(home, out=tmp_path / "run", **values))


def test_fewer_rows_than_useful_are_refused_and_those_that_are_judged_do_not_count(home, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "FEWEST", 100)
    with pytest.raises(
        DataError, match=r"at least 100 different images to learn anything of use\. photos has 61 in 62"
    ):
        pretrain(command(home, out=tmp_path / "few"))
    monkeypatch.setattr(rows, "FEWEST", 30)
    config = command(home, out=tmp_path / "same", judge=str(_labelled_copy(home, tmp_path / "all")))
    with pytest.raises(DataError, match=r"photos has 0 in 62 rows, 62 of which stand in the data given to --judge"):
        pretrain(config)


def _labelled_copy(home, folder):
    """Return the same photos in class folders."""
    for file in (home / "photos").rglob("*.png"):
        name = file.parent.name if file.parent.name in ("red", "blue") else "red"
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / file.name).write_bytes(file.read_bytes())
    return folder


def test_pictures_that_cannot_be_read_are_named_and_left_out(home, tmp_path):
    tiny_runs.photos(tmp_path / "some", 40, seed=5)
    (tmp_path / "some" / "red" / "broken.png").write_bytes(b"no picture")
    result = pretrain(command(home, data=str(tmp_path / "some"), out=tmp_path / "run")).result
    assert [row["id"] for row in result["skipped"]] == ["red/broken.png"]


def test_a_source_without_a_mask_token_is_refused(home, tmp_path):
    tiny_folder(tmp_path / "bare", "bert")
    file = tmp_path / "bare" / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8").replace("[MASK]", "[HIDE]"), encoding="utf-8")
    with pytest.raises(NotApplicable, match=r"'bare' has none\. Choose another source with --from\."):
        pretrain(of_texts(home, source=(str(tmp_path / "bare"),), out=tmp_path / "run"))


def test_an_empty_folder_is_refused(home, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no images"):
        pretrain(command(home, data=str(tmp_path / "empty"), out=tmp_path / "run"))
    Image.new("RGB", (4, 4)).save(tmp_path / "empty" / "one.png")
    with pytest.raises(DataError, match=r"Pre-training needs at least 30 different images.*empty has 1 in 1 rows"):
        pretrain(command(home, data=str(tmp_path / "empty"), out=tmp_path / "run"))
