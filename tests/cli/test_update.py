import json
from pathlib import Path

import pytest

from tests.flow import tiny_runs
from tests.flow.tiny_updates import bundle, table, texts
from warmstart.cli.main import run
from warmstart.cli.update import next_run


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    tiny_runs.draw_less(monkeypatch)


@pytest.fixture
def command(tmp_path):
    return ["update", str(bundle(tmp_path).path), str(table(tmp_path, fine=30)), "--most-forgotten", "20"]


def test_it_says_what_became_of_the_old_and_the_new_classes(command, tmp_path, capsys):
    assert run(command) == 0
    said = capsys.readouterr().out
    assert "Updated: the old classes change by" in said
    assert "accuracy on the new class fine" in said
    assert "old ones as the bundle stores them, new ones held back" in said
    assert (tmp_path / "first-2" / "report.html").is_file()
    assert run(["predict", str(tmp_path / "first-2" / "bundle"), "--text", texts("fine", 1, seed=9)[0]]) == 0


def test_the_bundle_may_be_named_from_within_its_run(command, tmp_path, monkeypatch, capsys):
    run_folder = (tmp_path / "first").resolve()
    monkeypatch.chdir(run_folder)
    assert next_run(Path("bundle")) == Path("../first-2")
    assert run(["update", "bundle", *command[2:]]) == 0
    assert (tmp_path / "first-2" / "report.html").is_file()


@pytest.mark.parametrize(("within", "named"), [("bundle", "."), (".", "."), ("bundle", "../bundle")])
def test_the_next_run_stands_beside_however_the_bundle_is_named(within, named, tmp_path, monkeypatch):
    (tmp_path / "photos" / "bundle").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "photos" / within)
    assert next_run(Path(named)).resolve() == (tmp_path / "photos-2").resolve()


def test_evaluate_names_the_update_with_the_rows_that_it_tested(command, tmp_path, capsys):
    rows = table(tmp_path, good=30, bad=30)
    assert run(["evaluate", command[1], str(rows), "--target", "label", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["next"][1]
    assert said == f"warmstart update {command[1]} {rows} --target label"


def test_the_json_form_is_one_object_and_nothing_else(command, tmp_path, capsys):
    assert run([*command, "--json", "--out", str(tmp_path / "grown")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "grown" / "result.json").read_text())
    assert told["update"]["most_forgotten"] == 0.2


def test_a_refused_update_is_one_sentence_and_exit_2_and_nothing_is_lost(command, tmp_path, capsys):
    rows = "".join(f"{text.replace('good5x', 'twin')},twin\n" for text in texts("good", 200, seed=5))
    (tmp_path / "twins.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    assert run([*command[:2], str(tmp_path / "twins.csv")]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "first-2").exists()
    assert (tmp_path / "first" / "bundle" / "manifest.json").is_file()


def test_a_class_that_differs_by_case_is_one_sentence_and_exit_2(command, tmp_path, capsys):
    rows = "".join(f"{text},GOOD\n" for text in texts("good", 9, seed=5))
    (tmp_path / "case.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    assert run([*command[:2], str(tmp_path / "case.csv")]) == 2
    assert "must not differ from another by case alone" in capsys.readouterr().err


def test_empty_data_is_one_sentence_and_exit_2(command, tmp_path, capsys):
    (tmp_path / "empty.csv").write_text("text,label\n", encoding="utf-8")
    assert run([*command[:2], str(tmp_path / "empty.csv")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_folder_that_holds_something_is_refused_before_the_work(command, tmp_path, capsys):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("all of it")
    assert run([*command, "--out", str(tmp_path / "precious")]) == 2
    assert "holds something already" in capsys.readouterr().err


def test_what_a_killed_update_left_is_not_in_the_way(command, tmp_path):
    (tmp_path / "grown" / ".bundle.0123abcd.new").mkdir(parents=True)
    assert run([*command, "--json", "--out", str(tmp_path / "grown")]) == 0


def test_without_onnx_it_says_what_to_install(command, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(command) == 2
    assert "pip install onnx" in capsys.readouterr().err
