import json
import sys
import types

import pytest
import typer
from typer.testing import CliRunner

from warmstart.cli.demo import demo
from warmstart.errors import OptionError
from warmstart.samples import solar_cells

RESULT = {
    "schema": "warmstart.result/1",
    "metric": "accuracy",
    "task": {"rows": {"test": 656}},
    "chosen": {"source": "lite0", "strategy": "partial", "cut": "block_11", "is_control": False},
    "test": {"accuracy": {"value": 0.884, "low": 0.861, "high": 0.906}},
    "controls": [{"name": "classical", "accuracy": {"value": 0.85, "low": 0.82, "high": 0.88}}],
    "transfer_gain": {"metric": "accuracy", "value": 0.034, "low": 0.011, "high": 0.058, "control": "classical",
                      "candidate": "partial at block_11", "verdict": "helps"},
    "findings": [{"code": "bias", "severity": "harm", "sentence": "[red]Worse.", "remedy": "Label more."}],
    "seconds": {"total": 149.0},
    "next": ["warmstart predict runs/solar-cells/bundle *.jpg"],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Stand in for the experiment and the package with the data; return the configurations it was given."""
    configs: list = []
    experiment = types.ModuleType("warmstart.flow.experiment")

    def fit(config, *, progress, leader, started):
        configs.append(config)
        progress("load", 1, 1)
        leader("probe 86.0 ± 1.0 %")
        config.out.mkdir(parents=True, exist_ok=True)
        (config.out / "result.json").write_text(json.dumps(RESULT), encoding="utf-8")
        return types.SimpleNamespace(folder=config.out, result=RESULT, finished_before=len(configs) > 1)

    experiment.fit = fit
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "warmstart.flow.experiment", experiment)
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    solar_cells.SolarCells.example()(tmp_path / "package")
    monkeypatch.setattr(solar_cells, "_installed_folder", lambda: tmp_path / "package")
    return configs


@pytest.fixture
def invoke():
    app = typer.Typer()
    app.command()(demo)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_runs_the_solar_cells_by_default_within_160_seconds(asked, invoke, tmp_path):
    done = invoke()
    assert done.exit_code == 0, done.output
    assert asked[0].budget == 160
    assert asked[0].test_size == 0.25
    assert asked[0].options.attributes == ("cell_type",)
    assert asked[0].data.is_relative_to(tmp_path / "cache")


def test_takes_the_budget_seed_and_folder_it_is_given(asked, invoke, tmp_path):
    invoke("--budget", "5m", "--seed", "3", "--out", str(tmp_path / "run"))
    assert asked[0].budget == 300
    assert asked[0].seed == 3
    assert asked[0].out == tmp_path / "run"


def test_prints_the_verdict_the_numbers_and_where_the_report_is(asked, invoke):
    shown = invoke().stdout
    assert "Transfer helps: +3.4 points of accuracy (95 % interval +1.1 to +5.8)." in shown
    assert "88.4 % (86.1–90.6)" in shown
    assert "best control" in shown
    assert "✕ harm: [red]Worse. Label more." in shown
    assert "Report: runs/solar-cells/report.html" in shown
    assert "warmstart predict runs/solar-cells/bundle *.jpg" in shown


def test_prints_one_json_object_and_nothing_else(asked, invoke):
    done = invoke("--json")
    assert json.loads(done.stdout) == RESULT
    assert done.stderr == ""


def test_says_the_licence_and_whom_to_cite(asked, invoke):
    assert "CC BY-NC-SA" in invoke().stderr


def test_a_wrong_name_is_answered_with_the_nearest(asked, invoke):
    done = invoke("solar-cell")
    assert isinstance(done.exception, OptionError)
    assert "Did you mean 'solar-cells'?" in str(done.exception)


def test_a_budget_that_is_no_time_is_a_sentence(asked, invoke):
    done = invoke("--budget", "soon")
    assert str(done.exception) == "`budget` must be a time above 0, such as 90s, 5m or 1h. Got 'soon'. Try 5m."


def test_writes_the_report_beside_the_result(asked, invoke, tmp_path):
    invoke()
    assert "Transfer helps" in (tmp_path / "runs" / "solar-cells" / "report.html").read_text(encoding="utf-8")


def test_says_when_the_run_was_finished_before(asked, invoke):
    assert "was finished before" not in invoke().stderr
    assert "was finished before; this is its result." in invoke().stderr
