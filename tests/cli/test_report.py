import json

import pytest
import typer
from typer.testing import CliRunner

from warmstart.cli.report import report
from warmstart.errors import PathError

RESULT = {
    "schema": "warmstart.result/1",
    "metric": "accuracy",
    "chosen": {"source": "lite0", "strategy": "probe", "cut": "", "is_control": False},
    "test": {"accuracy": {"value": 0.9, "low": 0.8, "high": 1.0}},
}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps(RESULT), encoding="utf-8")
    return tmp_path


@pytest.fixture
def invoke():
    app = typer.Typer()
    app.command()(report)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_writes_the_page_and_prints_where_it_is(run, invoke):
    done = invoke(run)
    assert done.exit_code == 0
    assert done.stdout.strip() == str(run / "report.html")
    assert "90.0" in (run / "report.html").read_text(encoding="utf-8")


def test_writes_it_elsewhere_when_asked(run, invoke):
    assert invoke(run, "--out", run / "page.html").exit_code == 0
    assert (run / "page.html").is_file()
    assert not (run / "report.html").exists()


def test_a_folder_is_not_written_over(run, invoke):
    (run / "pages").mkdir()
    assert "pages' would be replaced by the file" in str(invoke(run, "--out", run / "pages").exception)


def test_prints_one_json_object_and_nothing_else(run, invoke):
    assert json.loads(invoke(run, "--json").stdout) == {"report": str(run / "report.html")}


def test_opens_the_page_in_a_browser_only_when_asked(run, invoke, monkeypatch):
    opened = []
    monkeypatch.setattr(typer, "launch", opened.append)
    invoke(run)
    assert not opened
    invoke(run, "--open")
    assert opened == [(run / "report.html").resolve().as_uri()]


def test_a_folder_without_a_run_is_a_sentence(tmp_path, invoke):
    done = invoke(tmp_path)
    assert isinstance(done.exception, PathError)
    assert "A report needs a finished run" in str(done.exception)
