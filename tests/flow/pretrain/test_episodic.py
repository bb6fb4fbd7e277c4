import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

from warmstart.errors import DataError, OptionError, RunConflict
from warmstart.flow.config import FitConfig
from warmstart.flow.pretrain import course, held_out
from warmstart.flow.pretrain.config import PretrainConfig
from warmstart.flow.pretrain.experiment import pretrain
from warmstart.flow.pretrain.plan import PretrainPlan
from warmstart.flow.sources import open_source
from warmstart.readers._base import ReadOptions
from warmstart.sources._tiny import WORDS, tiny_folder
from warmstart.store import strict_json

COLOURS = {
    "red": (200, 40, 40),
    "green": (40, 200, 40),
    "blue": (40, 40, 200),
    "grey": (120,) * 3,
    "pink": (240, 150, 180),
}
NIGHT = {"black": (10,) * 3, "white": (245,) * 3}
A_CLASS = 30
PLAN = PretrainPlan(100.0, 5, 3, 3, 0.1, 0.1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two sets of five colours each, a photo that stands in both, and texts of two classes."""
    folder = tmp_path_factory.mktemp("episodic")
    photos(folder / "noon", tuple(COLOURS), seed=0)
    photos(folder / "dusk", tuple(COLOURS), seed=1)
    (folder / "dusk" / "red" / "same.png").write_bytes((folder / "noon" / "red" / "0.png").read_bytes())
    tiny_folder(folder / "resnet", "resnet")
    tiny_folder(folder / "bert", "bert")
    texts(folder / "reviews.csv")
    return folder


def photos(folder, names, *, seed, rows=A_CLASS):
    rng = np.random.default_rng(seed)
    for name in names:
        (folder / name).mkdir(parents=True)
        for row in range(rows):
            pixels = np.clip(rng.normal((COLOURS | NIGHT)[name], 60, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{row}.png")


def texts(file):
    rng = np.random.default_rng(0)
    others = [word for word in WORDS if word.isalpha() and word not in ("good", "bad")]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label", "one"))
        for row in range(200):
            words = rng.choice(others, size=8).tolist()
            writer.writerow((" ".join([*words, ("good", "bad")[row % 2]]), ("yes", "no")[row % 2], "same"))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    """The plan does not depend on the clock, and tasks are few."""
    _quick(monkeypatch)


def _quick(patch):
    patch.setattr(course, "plan_rounds", lambda *given: PLAN)
    patch.setattr(held_out, "CHOOSING", 40)
    patch.setattr(held_out, "REPORTING", 200)


def command(home, *, sets=("noon", "dusk"), source="resnet", method="auto", judge=None, ways=None, shots=1, **changes):
    values = {
        "data": str(home / sets[0]),
        "out": home / "run",
        "source": (str(home / source),),
        "budget": 100.0,
        "threads": 1,
    }
    more = tuple(str(home / one) for one in sets[1:])
    fit = FitConfig(**values | changes)
    return PretrainConfig(fit, method=method, judge=judge, episodic=True, more=more, ways=ways, shots=shots)


def of_texts(home, **changes):
    options = ReadOptions(inputs=("text",), target="label")
    return command(home, **{"sets": ("reviews.csv",), "source": "bert", "options": options} | changes)


@pytest.fixture(scope="module")
def finished(home):
    with pytest.MonkeyPatch.context() as patch:
        _quick(patch)
        return pretrain(command(home))


def test_the_result_says_what_it_learned_from_and_what_it_is_worth_on_other_classes(finished):
    result = finished.result
    few = result["few_examples"]
    assert (result["method"]["name"], few["ways"], few["shots"], few["held_out"]) == ("prototypical", 2, 1, "classes")
    assert (few["tasks"], few["sets"], result["rows"]["copies"]) == (200, ["noon", "dusk"], 1)
    assert sorted([*few["classes"]["trained"], *few["classes"]["reported_on"]]) == sorted(COLOURS)
    assert few["classes"]["chosen_by"] == few["classes"]["reported_on"]
    assert few["rows"]["trained"] == result["rows"]["trained"]
    assert few["difference"]["value"] == pytest.approx(few["new"]["value"] - few["old"]["value"])
    assert few["difference"]["low"] <= few["difference"]["value"] <= few["difference"]["high"]
    assert result["sentence"].startswith("2-way 1-shot accuracy on held-out classes: ")
    assert result["sentence"].endswith(few["advice"])
    assert result == strict_json.load(finished.folder / "result.json")


def test_the_round_is_chosen_by_other_tasks_than_those_that_are_reported(finished):
    result = finished.result
    assert result["probe"]["pairs"] == 40
    assert result["probe"]["best"]["value"] == pytest.approx(max(row["probe"] for row in result["rounds"]))
    assert "On the tasks that choose the round: " in result["probe"]["sentence"]
    assert result["probe"]["chance"] == 0.5


def test_what_it_made_is_a_source_whose_frozen_stages_are_the_old_sources(home, finished):
    made, old = open_source(str(finished.folder)), open_source(str(home / "resnet"))
    states = [one.build().state_dict() for one in (made, old)]
    moved = {name for name, value in states[1].items() if not np.array_equal(value, states[0][name])}
    assert moved
    assert not any(name.startswith(("stages.0.", "stages.1.")) for name in moved)
    assert made.card.trained_on.endswith("pre-trained here (prototypical) on 180 images of noon and dusk")
    assert len(made.card.rows_seen()) == 2 * len(COLOURS) * A_CLASS
    readme = (finished.folder / "bundle" / "README.md").read_text(encoding="utf-8")
    assert "180 images of noon and dusk, with labels: on many small tasks" in readme


def test_killed_and_started_again_it_comes_to_the_same_numbers_and_weights(home, finished):
    config = command(home, out=home / "killed")

    def kill(step, done, total):
        if step == "pretrain" and done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(config, progress=kill)
    resumed = pretrain(config)
    assert resumed.result["few_examples"] == finished.result["few_examples"]
    weights = [(one.folder / "bundle" / "weights.safetensors").read_bytes() for one in (resumed, finished)]
    assert weights[0] == weights[1]


def test_of_two_classes_rows_are_held_out_and_it_says_so(home):
    result = pretrain(of_texts(home, out=home / "texts", shots=2)).result
    assert result["few_examples"]["held_out"] == "rows"
    assert "2-way 2-shot accuracy on held-out rows of the classes that were trained on" in result["sentence"]
    assert result["few_examples"]["classes"]["trained"] == ["no", "yes"]


def test_it_is_judged_on_a_task_of_the_users_too_and_none_of_its_rows_is_drawn(home, monkeypatch):
    monkeypatch.setattr("warmstart.flow.pretrain.judged.FEWEST", 30)
    config = command(home, sets=("noon",), judge=str(home / "dusk"), out=home / "judged")
    result = pretrain(config).result
    assert result["rows"]["judged"] == 1
    assert result["judgement"]["data"] == "dusk"
    assert result["sentence"].startswith(result["judgement"]["sentence"])


def test_a_finished_run_is_read_and_other_tasks_are_refused(home, finished):
    assert pretrain(command(home)).finished_before
    with pytest.raises(RunConflict, match="ways=5, and this command says ways=3"):
        pretrain(command(home, ways=3))


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"ways": 1}, OptionError, r"`--ways` must be a whole number from 2\. Got 1\."),
        ({"shots": 0}, OptionError, r"`--shots` must be a whole number from 1\. Got 0\."),
        (
            {"shots": 20},
            DataError,
            r"enough labelled rows to judge on: .* A task takes 25 rows of every class\. Label mor",
        ),
        ({"method": "vicreg"}, OptionError, r"'vicreg' is for image inputs without labels\. Try auto"),
        ({"sets": ("reviews.csv",)}, DataError, r"must be of kind 'image'"),
        ({"sets": ("noon/red",)}, DataError, r"The images of red lie in no class folder"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(home, tmp_path, changes, error, sentence):
    with pytest.raises(error, match=sentence):
        pretrain(command(home, out=tmp_path / "run", **changes))


def test_every_set_has_its_own_of_the_named_classes_and_the_judge_has_all_of_its_own(home, tmp_path, monkeypatch):
    monkeypatch.setattr("warmstart.flow.pretrain.judged.FEWEST", 30)
    photos(tmp_path / "night", tuple(NIGHT), seed=2, rows=80)
    config = command(home, options=ReadOptions(classes=("red", "blue", "black", "white")), out=tmp_path / "run")
    result = pretrain(dataclasses.replace(config, more=(str(tmp_path / "night"),), judge=str(home / "dusk"))).result
    assert sorted(result["few_examples"]["classes"]["trained"]) == ["black", "blue", "red", "white"]
    assert len(result["judgement"]["classes"]) == len(COLOURS)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("red", "blue"), r"Every set must have some of the wanted classes\. .*night has none of red, blue\. Leave"),
        (("red", "blue", "black", "white", "roze"), r"There is no class 'roze' in noon and night\. Of those named"),
    ],
)
def test_classes_that_no_set_has_are_refused(home, tmp_path, names, sentence):
    photos(tmp_path / "night", tuple(NIGHT), seed=2, rows=4)
    config = command(home, options=ReadOptions(classes=names), out=tmp_path / "run")
    with pytest.raises(DataError, match=sentence):
        pretrain(dataclasses.replace(config, more=(str(tmp_path / "night"),)))


def test_a_set_that_is_all_judged_on_leaves_nothing_to_draw_from(home, tmp_path):
    with pytest.raises(DataError, match=r"Every labelled row of noon stands in the data given to --judge"):
        pretrain(command(home, sets=("noon",), judge=str(home / "noon"), out=tmp_path / "run"))


def test_one_class_and_no_label_are_sentences(home, tmp_path):
    for target, sentence in (("one", "two classes"), ("nothing", "nothing")):
        options = ReadOptions(inputs=("text",), target=target)
        with pytest.raises(DataError, match=sentence):
            pretrain(of_texts(home, out=tmp_path / "run", options=options))


def test_sets_ways_and_shots_without_labels_are_refused(home):
    for changes in ({"more": ("dusk",)}, {"ways": 3}, {"shots": 2}):
        with pytest.raises(OptionError, match=r"Got them without `--episodic`\. Add it, or give one INPUTS\."):
            PretrainConfig(FitConfig(data="noon"), **changes).check()
