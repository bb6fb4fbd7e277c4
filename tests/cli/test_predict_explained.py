import io
import json

import numpy as np
import pytest
import typer
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from tests.tiny_models import constant_model, facts, image_model, near, text_model
from warmstart.cli._explained_shown import print_explained
from warmstart.cli._predict_explained import MOST, Explained
from warmstart.cli._predict_inputs import Item
from warmstart.cli.predict import predict
from warmstart.errors import DataError, OptionError, PathError
from warmstart.flow.deliver import deliver
from warmstart.runtime.explain import Explanation

APP = typer.Typer()
APP.command()(predict)


def make(path, kind, model, known=None):
    deliver(
        path, deliverable=model, control=None, facts=facts(kind), reference={}, feature_reference=known,
        evidence=None, readme="",
    )  # fmt: skip
    return str(path)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return make(tmp_path_factory.mktemp("texts") / "bundle", "text", text_model(), near("good", "bad"))


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return make(tmp_path_factory.mktemp("images") / "bundle", "image", image_model())


@pytest.fixture
def photo(tmp_path):
    """A grey photo with a red patch in the second row and the fourth column of five."""
    pixels = np.full((100, 100, 3), 90, np.uint8)
    pixels[20:40, 60:80] = (250, 0, 0)
    path = tmp_path / "a photo.png"
    Image.fromarray(pixels).save(path)
    return path


def run(*arguments):
    result = CliRunner().invoke(APP, [*map(str, arguments), "--explain"])
    if result.exception is not None:
        raise result.exception
    return result


def test_the_planted_word_carries_the_answer(texts):
    found = json.loads(run(texts, "--text", "what a good good film", "--json").stdout)
    [record] = found["predictions"]
    weights = {word["text"]: word["weight"] for word in record["explained"]["words"]}
    assert max(weights, key=weights.get) == "good"
    assert (record["predicted"], weights["film"]) == ("good", 0.0)
    [word] = [word for word in record["explained"]["words"] if word["text"] == "film"]
    assert "what a good good film"[word["start"] : word["stop"]] == "film"


def test_people_see_the_words_with_weights_the_strongest_first(texts):
    shown = run(texts, "--text", "good but awful [red]").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert ["good", "but", "awful", "[red]"] in lines
    weights = [line[:2] for line in lines if line and line[0][0] in "+-"]
    assert [word for _, word in weights[:2]] == ["awful", "good"]
    assert float(weights[0][0]) > 0 > float(weights[1][0])


def test_words_are_told_apart_by_more_than_colour():
    found = Explanation((2.0, -1.0), ((0, 4), (5, 8)), 0.9, 0.5)
    record = {"input": "good bad", "predicted": "good", "probability": 0.9, "unlike_training": True, "reason": None}
    console = Console(record=True, width=80, color_system="truecolor", force_terminal=True, file=io.StringIO())
    print_explained([Explained(Item("good bad", "good bad"), record, found)], console=console)
    shown = console.export_text(styles=True)
    assert "\x1b[1;38;5;166mgood" in shown
    assert "\x1b[4;38;5;33mbad" in shown
    assert "(unlike the training data)" in shown


def test_the_planted_patch_carries_the_answer_and_is_warm_in_the_heat_map(images, photo, tmp_path):
    out = tmp_path / "out"
    found = json.loads(run(images, photo, "--json", "--out", out).stdout)["predictions"][0]
    grid = np.array(found["explained"]["grid"])
    assert found["predicted"] == "red"
    assert np.unravel_index(grid.argmax(), grid.shape) == (1, 3)
    assert found["heat_map"] == str(out / "01-a_photo.png")
    drawn = np.asarray(Image.open(found["heat_map"])).astype(int)
    warm = drawn[:, :, 0] - drawn[:, :, 2]
    row, column = np.unravel_index(warm.argmax(), warm.shape)
    assert (row // 20, column // 20) == (1, 3)
    assert json.loads((out / "explained.json").read_text())["predictions"] == [found]


def test_people_see_the_patches_where_they_lie(images, photo):
    rows = [line.split() for line in run(images, photo).stdout.splitlines()]
    grid = np.array([row for row in rows if len(row) == 5 and row[0][0] in "+-"], dtype=float)
    assert np.unravel_index(grid.argmax(), grid.shape) == (1, 3)


def test_json_lines_are_one_record_an_input_and_the_end_says_how_many_are_unlike(texts):
    result = run(texts, "--text", "good film", "--text", "bad film", "--format", "json")
    assert [json.loads(line)["predicted"] for line in result.stdout.splitlines()] == ["good", "bad"]
    assert result.stderr.startswith("0 of 2 inputs (0.0 %) are unlike")


def test_what_cannot_be_read_or_has_no_parts_is_said(texts, tmp_path):
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    shown = run(texts, tmp_path / "b.txt", "--text", "good").stdout
    assert "not answered, it is not UTF-8 text" in shown
    assert "It has no parts that could be hidden in turn." in shown
    with pytest.raises(DataError, match="None of the 1 inputs could be read"):
        run(texts, tmp_path / "b.txt")


def test_an_answer_that_rests_on_nothing_says_so(tmp_path):
    blind = make(tmp_path / "bundle", "text", constant_model())
    assert "it rests on no single one" in run(blind, "--text", "a good film").stdout


def test_more_than_a_few_inputs_are_refused(texts):
    many = [part for _ in range(MOST + 1) for part in ("--text", "good film")]
    with pytest.raises(OptionError, match=f"`--explain` .* takes at most {MOST} inputs. Got more. Name those"):
        run(texts, *many)
    assert len(json.loads(run(texts, *many[2:], "--json").stdout)["predictions"]) == MOST


def test_a_form_that_cannot_hold_it_is_refused(texts, tmp_path):
    with pytest.raises(OptionError, match="cannot be written as CSV"):
        run(texts, "--text", "good film", "--format", "csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(PathError, match="`--out` must be a folder"):
        run(texts, "--text", "good film", "--out", tmp_path / "file")
