import dataclasses
import json

import pytest
import typer
from typer.testing import CliRunner

from warmstart.cli.check import check
from warmstart.flow.sources import contenders
from warmstart.sources._tiny import tiny_folder
from warmstart.sources.earlier_result import EarlierResult


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "warmstart.cli.check._with_source", lambda loaded, wanted: (loaded.facts, None, "No source here.")
    )
    return _invoke


def _invoke(*arguments):
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("id,text,label\n1_1,fine,good\n1_2,fine,bad\n2_1,poor thing,bad\n2_2,,bad\n")
    return path


def test_prints_what_is_wrong_and_what_to_do(run, reviews):
    result = run(reviews, "--groups", "id~^[^_]+")
    assert result.exit_code == 0
    assert "reviews.csv: 3 texts, 2 classes; 1 left out; 2 groups." in result.output
    assert "left out: row 4 is empty" in result.output
    assert "Decide which label is right" in result.output
    assert "No source here." in result.output


def test_the_json_form_is_one_object_and_nothing_else(run, reviews):
    told = json.loads(run(reviews, "--json").stdout)
    assert told["rows"] == {"usable": 3, "labelled": 3, "unlabelled": 0, "skipped": 1}
    assert told["classes"] == {"bad": 2, "good": 1}
    assert told["skipped"] == [{"id": "row 4", "reason": "is empty"}]
    assert "conflicting_labels" in {finding["code"] for finding in told["findings"]}


def test_the_task_says_which_column_is_looked_at(run, reviews):
    reviews.write_text("photo,caption,label\none.png,a cat,x\ntwo.png,a dog,y\nthree.png,a cow,x\n")
    assert "None of the 3 rows of reviews.csv can be read" in str(run(reviews).exception)
    assert "reviews.csv: 3 texts, 2 classes." in run(reviews, "--task", "text").output
    assert "`--task` must be one of: auto, image, text. Got 'txt'" in str(run(reviews, "--task", "txt").exception)


def test_a_missing_column_is_an_error_of_ours_that_suggests_the_nearest(run, reviews):
    assert "Did you mean 'label'" in str(run(reviews, "--target", "lable").exception)


def test_compares_with_the_source_that_fit_takes_by_itself_not_with_an_earlier_run(reviews, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    first = contenders(("auto",), "text")[0].card
    mine = dataclasses.replace(first, name="mine", origin="result:runs/mine", prior=first.prior + 1)
    monkeypatch.setattr(EarlierResult, "cards", lambda self: [mine])
    monkeypatch.setattr("warmstart.flow.load.for_source", lambda loaded, backbone: loaded.facts)
    assert json.loads(_invoke(reviews, "--json").stdout)["source"] == first.name


def test_a_source_that_is_named_and_not_there_is_refused(reviews, tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    assert "There is no source 'birds'" in str(_invoke(reviews, "--source", "birds").exception)


RUSSIAN = ("отличный фильм, очень понравился", "ужасно скучно и долго", "прекрасная игра", "не советую никому")
ENGLISH = ("a good film, very", "a bad film, not good", "very good", "not a film")


@pytest.mark.parametrize("source", ["./tiny", "all-minilm-l6-v2"])
@pytest.mark.parametrize(("texts", "share"), [((*RUSSIAN, *ENGLISH), "50%"), (ENGLISH, None)])
def test_texts_in_a_script_that_the_source_hardly_knows_are_a_warning(tmp_path, monkeypatch, source, texts, share):
    monkeypatch.chdir(tmp_path)
    tiny_folder(tmp_path / "tiny", "bert")
    rows = "".join(f"{text};{('good', 'bad')[place % 2]}\n" for place, text in enumerate(texts))
    (tmp_path / "reviews.csv").write_text(f"text;label\n{rows}", encoding="utf-8")
    told = json.loads(_invoke("reviews.csv", "--source", source, "--json").stdout)
    found = [(one["severity"], one["sentence"]) for one in told["findings"] if one["code"] == "unknown_script"]
    name = source.removeprefix("./")
    assert found == ([("warning", f"{share} of the texts are in a script that {name} hardly knows.")] if share else [])
