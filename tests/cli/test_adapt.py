import json

import pytest

from tests.flow import tiny_domains
from warmstart.cli import main as line
from warmstart.sources._tiny import tiny_folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapt")
    tiny_domains.photos(folder / "day", 40, light=0, seed=0)
    tiny_domains.photos(folder / "night", 40, light=-60, seed=1)
    tiny_folder(folder / "tiny", "resnet")
    (folder / "texts.csv").write_text("text,label\ngood,yes\nbad,no\n", encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _there(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "120")


def said(arguments, capsys):
    code = line.run(["adapt", *arguments.split()])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_adapts_and_says_what_is_estimated(capsys, home):
    code, out, _ = said("day --to night --source ./tiny --quiet", capsys)
    assert code == 0
    assert "class_mix was not tried" in out
    assert "source_only" in out
    assert "far apart" in out
    assert (home / "runs" / "day-to-night" / "report.html").is_file()
    assert out.count("\n  warmstart ") == 3


def test_prints_one_json_object(capsys):
    code, out, err = said("day --to night --source ./tiny --json --target-mix red=0.5,blue=0.5 --out mixed", capsys)
    assert code == 0
    assert json.loads(out)["adaptation"]["mix"] == {"blue": 0.5, "red": 0.5}
    assert err == ""


def test_labels_of_the_target_are_measured_on(capsys, home):
    tiny_domains.photos(home / "labelled", 60, light=-60, seed=2)
    code, out, _ = said("day --to night --source ./tiny --target-labels labelled --out measured --quiet", capsys)
    assert code == 0
    assert "measured on labelled rows of the target" in out
    assert "Accuracy (95 % interval)" in out
    assert line.run(["evaluate", "measured/bundle", "day"]) == 2
    assert "fitted on all labelled rows" in capsys.readouterr().err
    tiny_domains.photos(home / "later", 30, light=-60, seed=9)
    assert line.run(["evaluate", "measured/bundle", "later"]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("day --to day", "nothing to adapt to"),
        ("day --to texts.csv", "must hold image inputs"),
        ("day --to nigth", "Did you mean 'night'"),
        ("day --to night --target-mix rde=0.5,blue=0.5", "Did you mean 'red'"),
        ("day --to night --target-mix red=0.5,blue=0.4", "must sum to 1. Got 0.9"),
        ("day --to night --target-mix red", "must be like positive=0.3,negative=0.7. Got 'red'"),
        ("day --to night --target-mix red=x", "must be like positive=0.3,negative=0.7. Got 'red=x'"),
        ("day --to night --strategy standardize", "Did you mean 'standardise'"),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys):
    code, out, err = said(f"{arguments} --source ./tiny --quiet --out bad", capsys)
    assert code == 2
    assert sentence in err
    assert out == ""
    assert err.count("\n") == 1


def test_the_help_shows_examples(capsys):
    code, out, _ = said("--help", capsys)
    assert code == 0
    assert "warmstart adapt amazon.csv --to tweets.csv" in out
