import os
import subprocess
import sys
import threading
import time

import pytest

from warmstart.errors import OptionError, StoreError
from warmstart.store import cache as store
from warmstart.store.cache import COMPLETE, Cache

KILLED = (
    "import os, signal, sys; from pathlib import Path; from warmstart.store.cache import Cache\n"
    "with Cache(Path(sys.argv[1])).building('graphs', 'k') as folder:\n"
    "    (folder / 'a').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)"
)


def fill(cache, key, size=100, *, age=0.0):
    with cache.building("features", key) as folder:
        (folder / "data").write_bytes(b"x" * size)
    os.utime(cache.root / "features" / key / COMPLETE, (time.time() - age,) * 2)


def fail_halfway(folder):
    (folder / "a").write_text("x")
    raise ValueError("half")


def test_what_was_built_is_found(tmp_path):
    cache = Cache(tmp_path)
    assert cache.find("features", "k") is None
    with cache.building("features", "k") as folder:
        (folder / "data").write_text("x")
        assert cache.find("features", "k") is None
    assert (cache.find("features", "k") / "data").read_text() == "x"


def test_is_built_once(tmp_path):
    built = []
    for _ in range(2):
        folder = Cache(tmp_path).get_or_build("features", "k", lambda to: built.append((to / "a").write_text("x")))
        assert (folder / "a").read_text() == "x"
    assert len(built) == 1


def test_threads_that_want_the_same_build_it_once(tmp_path):
    built = []

    def build(folder):
        time.sleep(0.05)
        built.append((folder / "a").write_text("x"))

    threads = [threading.Thread(target=Cache(tmp_path).get_or_build, args=("f", "k", build)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_a_killed_builder_leaves_its_folder_to_go_on_in(tmp_path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False).returncode == -9
    cache = Cache(tmp_path)
    assert cache.find("graphs", "k") is None
    with cache.building("graphs", "k") as folder:
        assert (folder / "a").read_text() == "x"
    assert cache.find("graphs", "k") is not None


def test_a_failed_builder_leaves_its_folder_too(tmp_path):
    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="half"):
        cache.get_or_build("graphs", "k", fail_halfway)
    assert cache.find("graphs", "k") is None
    with cache.building("graphs", "k") as folder:
        assert (folder / "a").exists()


@pytest.mark.parametrize("harm", ["truncate", "remove", "mark"])
def test_an_entry_that_lost_something_is_built_again(tmp_path, harm):
    cache = Cache(tmp_path)
    fill(cache, "k")
    entry = tmp_path / "features" / "k"
    if harm == "truncate":
        (entry / "data").write_bytes(b"x")
    else:
        (entry / ("data" if harm == "remove" else COMPLETE)).unlink()
    assert cache.find("features", "k") is None
    fill(cache, "k")
    assert cache.find("features", "k") is not None


def test_trims_what_was_not_used_for_longest(tmp_path):
    cache = Cache(tmp_path, cap=250)
    for key, age in (("old", 9000), ("older", 9900), ("new", 0)):
        fill(cache, key, age=age)
    cache.trim()
    assert cache.find("features", "older") is None
    assert cache.find("features", "old") is not None


def test_finding_counts_as_use(tmp_path):
    cache = Cache(tmp_path, cap=250)
    for key, age in (("a", 9900), ("b", 9000)):
        fill(cache, key, age=age)
    cache.find("features", "a")
    fill(cache, "c")
    cache.trim()
    assert cache.find("features", "a") is not None
    assert cache.find("features", "b") is None


def test_what_is_used_while_others_are_removed_stays(tmp_path, monkeypatch):
    cache = Cache(tmp_path, cap=50)
    for key, age in (("a", 9900), ("b", 9000)):
        fill(cache, key, age=age)
    remove = store._remove
    monkeypatch.setattr(store, "_remove", lambda entry: (cache.find("features", "b"), remove(entry))[1])
    assert [folder.name for folder in cache.trim()] == ["a"]


def test_building_looks_for_what_to_remove_once_a_minute(tmp_path, monkeypatch):
    looks = []
    monkeypatch.setattr(Cache, "trim", lambda _: looks.append("looked"))
    cache = Cache(tmp_path)
    for key in "abc":
        fill(cache, key)
    assert len(looks) == 1
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    fill(cache, "d")
    assert len(looks) == 2


def test_what_a_killed_process_was_removing_goes(tmp_path):
    trash = tmp_path / "features" / ".k.trash"
    trash.mkdir(parents=True)
    (trash / "data").write_bytes(b"x")
    (tmp_path / "features" / ".k.lock").touch()
    assert Cache(tmp_path).trim() == []
    assert not trash.exists()


def test_what_others_keep_in_the_same_folder_stays(tmp_path):
    others = [tmp_path / "huggingface" / name for name in ("hub", "odd", ".models.trash", ".models.partial")]
    for folder in others:
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(b"x" * 900)
    (tmp_path / "huggingface" / "odd" / COMPLETE).write_text('{"schema": "theirs/1", "files": {"weights": 900}}')
    for path in [*others, *tmp_path.rglob("*")]:
        os.utime(path, (time.time() - 30 * 86400,) * 2)
    cache = Cache(tmp_path, cap=50)
    fill(cache, "k", age=9000)
    assert [folder.name for folder in cache.trim()] == ["k"]
    assert [(folder / "weights").stat().st_size for folder in others] == [900] * 4


def test_an_entry_that_lost_a_file_goes_like_the_others(tmp_path):
    cache = Cache(tmp_path, cap=50)
    fill(cache, "k", age=9000)
    (tmp_path / "features" / "k" / "data").unlink()
    assert [folder.name for folder in cache.trim()] == ["k"]


def test_entries_in_use_stay_above_the_cap(tmp_path):
    cache = Cache(tmp_path, cap=50)
    fill(cache, "k")
    assert cache.trim() == []


def test_what_is_locked_stays(tmp_path):
    cache = Cache(tmp_path, cap=50)
    fill(cache, "k", age=9000)
    done = []
    with cache.building("features", "k"):
        thread = threading.Thread(target=lambda: done.append(cache.trim()))
        thread.start()
        thread.join()
    assert done == [[]]


def test_a_folder_that_nobody_builds_for_a_week_goes(tmp_path):
    for key, days in (("a", 8), ("b", 1)):
        partial = tmp_path / "features" / f".{key}.partial"
        partial.mkdir(parents=True)
        (tmp_path / "features" / f".{key}.lock").touch()
        os.utime(partial, (time.time() - days * 86400,) * 2)
    assert [folder.name for folder in Cache(tmp_path).trim()] == [".a.partial"]


def test_the_environment_says_where_and_how_much(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    monkeypatch.setenv("WARMSTART_CACHE_GB", "0.5")
    assert (Cache().root, Cache().cap) == (tmp_path, 2**29)
    for wrong in ("much", "-1", "nan", "inf"):
        monkeypatch.setenv("WARMSTART_CACHE_GB", wrong)
        with pytest.raises(OptionError, match=f"must be a number above 0. Got '{wrong}'"):
            _ = Cache().cap


def test_by_default_it_is_in_the_users_cache(monkeypatch):
    monkeypatch.delenv("WARMSTART_CACHE", raising=False)
    assert Cache().root.name == "warmstart"


@pytest.mark.parametrize("key", ["../up", "", ".hidden", "a/b", "x" * 201])
def test_refuses_keys_that_are_no_names(tmp_path, key):
    with pytest.raises(StoreError, match="A kind or key of the cache must be"):
        Cache(tmp_path).find("features", key)


def test_a_cache_that_cannot_be_made_says_what_to_set(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Set WARMSTART_CACHE"), Cache(tmp_path / "file").building("features", "k"):
        pass
