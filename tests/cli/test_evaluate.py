import json
import shutil

import pytest

from tests.flow.test_on_new_data import ROWS, bundle, table
from warmstart.cli.main import run

pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture
def command(tmp_path):
    made = bundle(tmp_path, seen=[ROWS[0][0]])
    return ["evaluate", str(made.path), str(table(tmp_path))]


def test_it_says_the_verdict_the_numbers_and_what_to_mind(command, capsys):
    assert run(command) == 0
    said = capsys.readouterr().out
    assert "Transfer helps: +" in said
    assert "Measured on 39 test rows, new to the delivered bundle." in said
    assert "bad 20" in said


def test_the_json_form_is_one_object_and_nothing_else(command, capsys):
    assert run([*command, "--json", "--threads", "0"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["task"]["rows"] == {
        "train": 30, "validation": 0, "test": 39, "skipped": 0, "unknown": 0, "unlabelled": 0, "seen": 1,
        "seen_tested": 0, "retested": 0,
    }  # fmt: skip


def test_what_is_written_can_be_shown_and_compared(command, tmp_path, capsys):
    for name in ("a", "b"):
        assert run([*command, "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "a" / "report.html").is_file()
    assert run(["report", str(tmp_path / "a"), "--out", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "The test rows are new data: the bundle was delivered before it met them." in page
    assert "not in the run folder" not in page
    assert "not recorded" not in page
    assert "with_seen" in page
    capsys.readouterr()
    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert "Measured on the 39 rows" in capsys.readouterr().out


def test_a_folder_of_something_else_is_refused_before_the_work(command, tmp_path, capsys):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("all of it")
    assert run([*command, "--out", str(tmp_path / "precious")]) == 2
    assert "holds something else than an evaluation" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run", "run/bundle"])
def test_a_bundle_or_a_run_is_refused_before_the_work(command, tmp_path, name, capsys):
    run_folder = tmp_path / "run"
    shutil.copytree(command[1], run_folder / "bundle")
    for folder in (run_folder, run_folder / "bundle"):
        (folder / "evidence.json").write_text("{}", encoding="utf-8")
    (run_folder / "result.json").write_text('{"evaluation": "held-out"}', encoding="utf-8")
    before = {file: file.read_bytes() for file in run_folder.rglob("*") if file.is_file()}
    assert run([*command, "--out", str(tmp_path / name)]) == 2
    assert f"{name}' holds something else than an evaluation" in capsys.readouterr().err
    assert {file: file.read_bytes() for file in run_folder.rglob("*") if file.is_file()} == before


def test_a_file_is_refused_before_the_work(command, capsys):
    assert run([*command, "--out", command[2]]) == 2
    assert "is a file, and `--out` is a folder. Name one that is new or empty." in capsys.readouterr().err


def test_an_earlier_evaluation_may_be_written_again(command, tmp_path):
    for _ in range(2):
        assert run([*command, "--quiet", "--out", str(tmp_path / "a")]) == 0
    (tmp_path / "a" / "evidence.json").unlink()  # stopped after the first file
    assert run([*command, "--quiet", "--out", str(tmp_path / "a")]) == 0


def test_data_that_is_not_there_is_one_sentence_and_exit_2(command, capsys):
    assert run([*command[:2], "nowhere.csv"]) == 2
    assert "nowhere.csv does not exist" in capsys.readouterr().err
