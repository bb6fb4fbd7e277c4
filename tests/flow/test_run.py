import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.errors import RunConflict
from warmstart.flow.adapt.config import AdaptConfig
from warmstart.flow.config import FitConfig
from warmstart.flow.run import PLANNED, open_run
from warmstart.flow.same_command import PATHS
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Examples
from warmstart.store import strict_json

CONFIG = FitConfig(data="photos", options=ReadOptions(("text",), "label", ("a", "b"), "id", ("age",)))


def opened(folder, config=CONFIG):
    return open_run(folder, config.to_json())


def changed(**options):
    import dataclasses

    return dataclasses.replace(CONFIG, **options)


def test_the_same_command_is_let_in_again(tmp_path):
    with opened(tmp_path / "run") as first:
        first.settle(PLANNED, {})
        first.settle("x", 1)
    with opened(tmp_path / "run") as second:
        assert second.record["x"] == 1
        assert second.record["created"] == first.record["created"]


def test_the_folder_may_be_moved(tmp_path):
    with opened(tmp_path / "run", changed(out=tmp_path / "run")):
        pass
    (tmp_path / "run").rename(tmp_path / "moved")
    with opened(tmp_path / "moved", changed(out=tmp_path / "moved")) as run:
        assert run.folder == tmp_path / "moved"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": 7}, "seed=0, and this command says seed=7"),
        ({"budget": 60.0}, "budget=300.0, and this command says budget=60.0"),
        ({"source": ("lite0",)}, "source=['auto'], and this command says source=['lite0']"),
        ({"options": ReadOptions(("text",), "stars", ("a", "b"), "id", ("age",))}, "target='label', and this command"),
        ({"options": ReadOptions(("text",), "label", ("b", "a"), "id", ("age",))}, "classes=['a', 'b'], and this"),
    ],
)
def test_a_changed_command_is_refused_and_the_option_named(tmp_path, options, said):
    with opened(tmp_path / "run") as run:
        run.settle(PLANNED, {})
    with (
        pytest.raises(RunConflict, match=rf"holds a run with {re.escape(said)}.*another --out"),
        opened(tmp_path / "run", changed(**options)),
    ):
        pass


def planned(folder, **named):
    with open_run(folder, {**CONFIG.to_json(), "data": "<Examples>", **named}) as run:
        run.settle(PLANNED, {})
        return dict(run.record)


@pytest.fixture
def two_desks(tmp_path, monkeypatch):
    """Two folders with photos of the same name; commands are given in the first until `sit(1)`."""
    for name in ("a", "b"):
        (tmp_path / name / "photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    return lambda place: monkeypatch.chdir(tmp_path / "ab"[place])


@pytest.mark.parametrize("written", ["photos/", "./photos", "old/../photos"])
def test_the_same_path_may_be_written_otherwise(tmp_path, two_desks, written):
    planned(tmp_path / "run", **dict.fromkeys(PATHS, "photos"))
    (tmp_path / "a" / "photos").rmdir()
    planned(tmp_path / "run", **dict.fromkeys(PATHS, written))


@pytest.mark.parametrize("option", PATHS)
def test_files_of_the_same_name_in_another_folder_are_other_files(tmp_path, two_desks, option):
    planned(tmp_path / "run", **{option: "photos"})
    two_desks(1)
    was, said = (re.escape(repr(str(tmp_path / name / "photos"))) for name in "ab")
    with pytest.raises(RunConflict, match=f"a run with {option}={was}, and this command says {option}={said}"):
        planned(tmp_path / "run", **{option: "photos"})


def test_the_same_files_may_be_named_from_another_folder(tmp_path, two_desks):
    record = planned(tmp_path / "run", source=["auto", "photos"], labels="stars", data="photos")
    assert record["config"]["source"] == ["auto", "photos"]
    two_desks(1)
    planned(tmp_path / "run", source=["auto", "../a/photos"], labels="stars", data="../a/photos")


def test_other_inputs_to_adapt_to_are_refused(tmp_path):
    before, now = (AdaptConfig(CONFIG, target).to_json() for target in ("tweets.csv", "letters.csv"))
    with open_run(tmp_path / "run", before) as run:
        run.settle(PLANNED, {})
    with (
        pytest.raises(RunConflict, match=r"a run with to='tweets.csv', and this command says to='letters.csv'"),
        open_run(tmp_path / "run", now),
    ):
        pass


def test_the_run_of_another_command_is_refused_and_both_are_named(tmp_path):
    with opened(tmp_path / "run") as run:
        run.settle(PLANNED, {})
    other = {**CONFIG.to_json(), "command": "adapt"}
    with (
        pytest.raises(RunConflict, match=r"a run of `warmstart fit`, and this is `warmstart adapt`\. Choose another"),
        open_run(tmp_path / "run", other),
    ):
        pass


def test_a_command_that_was_refused_before_it_had_a_plan_can_be_mended(tmp_path):
    with opened(tmp_path / "run", changed(budget=1.0)) as run:
        run.settle("speed lite0", {"embed_row": 0.1})
    with opened(tmp_path / "run", changed(budget=60.0)) as again:
        assert again.record["config"]["budget"] == 60.0
    assert strict_json.load(tmp_path / "run" / "run.json")["config"]["budget"] == 60.0


def test_data_that_was_refused_before_there_was_a_plan_can_be_mended(tmp_path):
    few, more = (Dataset("x", (Column("text", "text", list(cells)),), tuple(cells)) for cells in ("ab", "abc"))
    with opened(tmp_path / "run") as run:
        run.require_same("data", few)
    with opened(tmp_path / "run") as again:
        again.require_same("data", more)
        again.settle(PLANNED, {})
    with (
        opened(tmp_path / "run") as changed_back,
        pytest.raises(RunConflict, match="The data has changed since the run in"),
    ):
        changed_back.require_same("data", few)


def test_a_source_whose_weights_have_changed_is_refused(tmp_path):
    card = Card("mine", "folder", "0" * 64, "MIT", "text", "bert", 128, 1, "nothing")
    with opened(tmp_path / "run") as run:
        run.settle(PLANNED, {})
        run.require_same_source(card)
    with opened(tmp_path / "run") as again, pytest.raises(RunConflict, match="The source 'mine' has changed since"):
        again.require_same_source(dataclasses.replace(card, sha256="1" * 64))


def test_what_a_killed_process_left_half_written_goes(tmp_path):
    with opened(tmp_path / "run"):
        pass
    (tmp_path / "run" / ".bundle.0a1b2c3d.new").mkdir()
    (tmp_path / "run" / ".result.json.0a1b2c3d.new").write_text("half")
    (tmp_path / "run" / ".env.new").write_text("mine")
    with opened(tmp_path / "run"):
        assert [file.name for file in (tmp_path / "run").glob(".*.new")] == [".env.new"]


def test_a_run_that_was_killed_while_it_wrote_its_first_file_is_begun_anew(tmp_path):
    (tmp_path / ".run.json.0a1b2c3d.new").write_text("{")
    with opened(tmp_path) as run:
        assert sorted(file.name for file in run.folder.iterdir()) == ["LOCK", "run.json"]


@pytest.mark.parametrize("name", ["thesis.txt", ".env.new", ".bundle.old"])
def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_is(tmp_path, name):
    (tmp_path / name).write_text("all of it", encoding="utf-8")
    with (
        pytest.raises(RunConflict, match=rf"holds no run of ours \(it has '{name}'\). Choose another --out"),
        opened(tmp_path),
    ):
        pass
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {name: "all of it"}


@pytest.mark.parametrize("text", ['{"name": "a marathon"}', "[]"])
def test_a_run_of_another_program_is_refused_and_left_as_it_is(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    said = r"run.json' is not of the schema 'warmstart.run/1', and stays as it is. Choose another --out"
    with pytest.raises(RunConflict, match=said), opened(tmp_path):
        pass
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == [text]


def test_a_file_is_no_run_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with (
        pytest.raises(RunConflict, match=r"notes.txt' is a file, and a run needs a folder of its own. Choose another"),
        opened(tmp_path / "notes.txt"),
    ):
        pass
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_two_processes_do_not_work_in_one_run(tmp_path):
    with opened(tmp_path / "run"), pytest.raises(RunConflict, match=r"Another .*/run'"), opened(tmp_path / "run"):
        pass


def test_what_is_settled_is_written_once_and_then_followed(tmp_path):
    with opened(tmp_path / "run") as run:
        assert run.settle("plan", {"epochs": 3}) == {"epochs": 3}
        assert run.settle("plan", {"epochs": 9}) == {"epochs": 3}
    with opened(tmp_path / "run") as again:
        assert again.settle("plan", {"epochs": 5}) == {"epochs": 3}
    assert strict_json.load(tmp_path / "run" / "run.json")["plan"] == {"epochs": 3}


def test_something_settled_as_false_stays_false(tmp_path):
    with opened(tmp_path / "run") as run:
        assert run.settle("cut", False) is False
        assert run.settle("cut", True) is False


def test_the_record_says_which_versions_made_it(tmp_path):
    with opened(tmp_path / "run") as run:
        assert run.record["schema"] == "warmstart.run/1"
        assert run.record["versions"]["numpy"] == np.__version__
        assert "warmstart" in run.record["versions"]


def test_notes_are_lines_of_the_journal(tmp_path):
    with opened(tmp_path / "run") as run:
        run.note("trial", name="probe all", value=0.8)
        [line] = run.journal.records()
    assert (line["event"], line["name"], line["value"]) == ("trial", "probe all", 0.8)


def test_the_journals_clock_goes_on_in_a_resumed_run(tmp_path):
    with opened(tmp_path / "run") as run:
        run.started -= 100.0
        run.note("trial")
    with opened(tmp_path / "run") as again:
        again.note("trial")
        assert again.before == pytest.approx(100, abs=1)
        assert [line["at"] >= 100 for line in again.journal.records()] == [True, True]


def test_checkpoints_of_different_steps_lie_in_different_folders_of_the_run(tmp_path):
    with opened(tmp_path / "run") as run:
        folders = {run.checkpoint(name) for name in ("main-partial at block_4", "main-refit-partial at block_4", "a/b")}
    assert len(folders) == 3
    assert all(folder.parent == tmp_path / "run" / "checkpoints" for folder in folders)


def test_the_configuration_is_as_it_is_read_back():
    plain = changed(data=Path("photos"), out=Path("runs/x")).to_json()
    assert strict_json.loads(strict_json.dumps(plain)) == plain


def test_python_data_is_named_and_not_copied_into_the_configuration():
    class Touchy:
        def __deepcopy__(self, memo):
            raise AssertionError("the data must not be copied")

    assert FitConfig(data=Examples([Touchy()])).to_json()["data"] == "<Examples>"
