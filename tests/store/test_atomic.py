import os
import subprocess
import sys
import time

import pytest

from warmstart.errors import PathError
from warmstart.store.atomic import new_folder, write_bytes, write_text


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_replaces_a_file_and_leaves_nothing_else(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "new\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"new\r\n"
    assert names(tmp_path) == ["a.txt"]


def test_what_is_no_plain_file_is_refused_and_left(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("folder", "a folder"), ("pipe", "no plain file")):
        with pytest.raises(PathError, match=f"{name}' would be replaced by the file that is written, and is {kind}"):
            write_text(tmp_path / name, "x")
    assert names(tmp_path) == ["folder", "pipe"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    write_bytes(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="no space"):
        write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_new_folder_takes_the_place_of_the_old(tmp_path):
    target = tmp_path / "bundle"
    for text in ("first", "second"):
        with new_folder(target) as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / text).write_text(text)
    assert [file.name for file in (target / "sub").iterdir()] == ["second"]
    assert names(tmp_path) == ["bundle"]


def test_a_failed_folder_leaves_the_old_one(tmp_path):
    target = tmp_path / "bundle"
    with new_folder(target) as folder:
        (folder / "a").write_text("whole")
    with pytest.raises(FileNotFoundError), new_folder(target) as folder:
        (folder / "a").rename(folder / "b")
    assert (target / "a").read_text() == "whole"
    assert names(tmp_path) == ["bundle"]


def test_the_target_is_not_there_before_the_block_ends(tmp_path):
    with new_folder(tmp_path / "bundle"):
        assert not (tmp_path / "bundle").exists()
    assert (tmp_path / "bundle").is_dir()


def test_a_target_that_a_killed_process_moved_aside_is_put_back(tmp_path):
    (tmp_path / ".bundle.0a1b2c3d.old").mkdir()
    (tmp_path / ".bundle.0a1b2c3d.old" / "a").write_text("whole")
    with pytest.raises(ValueError, match="stop"), new_folder(tmp_path / "bundle"):
        raise ValueError("stop")
    assert (tmp_path / "bundle" / "a").read_text() == "whole"


def test_what_a_killed_process_left_is_removed_after_an_hour(tmp_path):
    for name, age in (("0a1b2c3d", 7200), ("ffffffff", 60)):
        (tmp_path / f".bundle.{name}.new").mkdir()
        os.utime(tmp_path / f".bundle.{name}.new", (time.time() - age,) * 2)
    with new_folder(tmp_path / "bundle"):
        pass
    assert names(tmp_path) == [".bundle.ffffffff.new", "bundle"]


def test_what_others_have_named_alike_stays(tmp_path):
    others = [".bundle.new", ".bundle.old", ".bundle.mine.new"]
    for name in others:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    with new_folder(tmp_path / "bundle"):
        pass
    assert names(tmp_path) == [*sorted(others), "bundle"]


def test_killed_in_the_middle_there_is_no_target(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from warmstart.store.atomic import new_folder\n"
        "with new_folder(Path(sys.argv[1])) as f: (f/'a').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=False).returncode == -9
    assert not (tmp_path / "b").exists()


def _full(_):
    raise OSError("no space")
