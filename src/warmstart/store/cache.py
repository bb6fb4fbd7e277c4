"""A size-capped folder of things that are dear to compute; it can be deleted at any time."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.errors import OptionError, StoreError, WarmstartError
from warmstart.store import strict_json
from warmstart.store.atomic import sync_folder, sync_tree

COMPLETE = "complete.json"
SCHEMA = "warmstart.cache/1"
CAP_GB = 20.0
IN_USE_SECONDS = 600.0
TRIM_SECONDS = 60.0
STALE_SECONDS = 7 * 86400.0
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True)
class _Entry:
    """One complete folder of the cache: its lock, its bytes, and when it was last used."""

    folder: Path
    lock: Path
    size: int
    used: float


class Cache:
    """Folders by kind and key, each complete or not there.

    Parameters
    ----------
    root : the cache's folder; by default $WARMSTART_CACHE, else the user's cache folder.
    cap : the most bytes it keeps; by default $WARMSTART_CACHE_GB gigabytes, else 20 GiB.
    """

    def __init__(self, root: Path | None = None, *, cap: int | None = None) -> None:
        self._root = root
        self._cap = cap
        self._trimmed = -TRIM_SECONDS

    @property
    def root(self) -> Path:
        """The folder that everything lies in."""
        chosen = self._root or os.environ.get("WARMSTART_CACHE")
        if chosen:
            return Path(chosen).expanduser()
        from platformdirs import user_cache_dir

        return Path(user_cache_dir("warmstart"))

    @property
    def cap(self) -> int:
        """The most bytes that `trim` leaves.

        Raises
        ------
        OptionError : WARMSTART_CACHE_GB is not a number above 0.
        """
        if self._cap is not None:
            return self._cap
        text = os.environ.get("WARMSTART_CACHE_GB", str(CAP_GB))
        with contextlib.suppress(ValueError, OverflowError):
            if float(text) > 0:
                return int(float(text) * 2**30)
        raise OptionError(f"WARMSTART_CACHE_GB must be a number above 0. Got '{text}'. Try WARMSTART_CACHE_GB=20.")

    def find(self, kind: str, key: str) -> Path | None:
        """Return the complete folder of that kind and key, or None; it counts as used now."""
        folder = self._folder(kind, key)
        if not _is_whole(folder):
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / COMPLETE)
        return folder

    @contextlib.contextmanager
    def building(self, kind: str, key: str) -> Iterator[Path]:
        """Give a folder to fill, alone under a lock; it becomes the entry when the block ends well.

        The folder persists if the block fails or the process dies, so that the next builder can go
        on in it. Another process may have finished the entry while this one waited for the lock: ask
        `find` again inside the block. The folder is then dropped.

        Parameters
        ----------
        kind, key : letters, digits, dot, dash and underscore; the key is a content address.

        Raises
        ------
        StoreError : the cache's folder cannot be written.
        """
        folder = self._folder(kind, key)
        partial = folder.with_name(f".{key}.partial")
        with self._locked(kind, key):
            _make(partial)
            yield partial
            if self.find(kind, key) is None:
                _finish(partial, folder)
            else:
                shutil.rmtree(partial, ignore_errors=True)
        # Looking through all entries after each of thousands would take longer than to make them.
        if time.monotonic() - self._trimmed >= TRIM_SECONDS:
            self._trimmed = time.monotonic()
            self.trim()

    def get_or_build(self, kind: str, key: str, build: Callable[[Path], None]) -> Path:
        """Return the complete folder, filled by `build(folder)` where it is not there yet."""
        found = self.find(kind, key)
        if found is not None:
            return found
        with self.building(kind, key) as partial:
            if self.find(kind, key) is None:
                build(partial)
        return self._folder(kind, key)

    def trim(self) -> list[Path]:
        """Remove the entries that were not used for longest until the rest fits; return what went.

        Locked entries, entries used in the last ten minutes, and folders being built stay. A folder
        that nobody has gone on building for a week goes, and so does what a killed process was removing.
        What is not ours stays, for the root may be a folder that others keep things in, too.
        """
        for trash, _ in self._beside_locks("trash"):
            shutil.rmtree(trash, ignore_errors=True)
        entries = sorted(self._entries(), key=lambda entry: entry.used)
        partials = list(self._partials())
        stale = [entry for entry in partials if time.time() - entry.used > STALE_SECONDS]
        removed = [entry.folder for entry in stale if _remove(entry)]
        total = sum(entry.size for entry in [*entries, *partials] if entry.folder not in removed)
        for entry in entries:
            if total <= self.cap or time.time() - entry.used < IN_USE_SECONDS:
                break
            if _remove(entry):
                removed.append(entry.folder)
                total -= entry.size
        return removed

    def _folder(self, kind: str, key: str) -> Path:
        for name in (kind, key):
            if not NAME.fullmatch(name):
                raise StoreError(
                    "A kind or key of the cache must be at most 200 letters, digits, dots, dashes and underscores. "
                    f"Got '{name}'. Use a content address."
                )
        return self.root / kind / key

    @contextlib.contextmanager
    def _locked(self, kind: str, key: str) -> Iterator[None]:
        from filelock import FileLock

        lock = self._folder(kind, key).with_name(f".{key}.lock")
        _make(lock.parent)
        try:
            held = FileLock(lock).acquire()
        except OSError as error:
            raise _unwritable(lock.parent, error) from None
        with held:
            yield

    def _entries(self) -> Iterator[_Entry]:
        for folder in self.root.glob("*/[!.]*/"):
            sizes = _recorded(folder)
            if sizes is not None:
                with contextlib.suppress(OSError):
                    lock = folder.with_name(f".{folder.name}.lock")
                    yield _Entry(folder, lock, sum(sizes.values()), _used(folder))

    def _partials(self) -> Iterator[_Entry]:
        for folder, lock in self._beside_locks("partial"):
            with contextlib.suppress(OSError):
                files = [file.stat() for file in [folder, *folder.rglob("*")]]
                yield _Entry(folder, lock, sum(file.st_size for file in files), max(file.st_mtime for file in files))

    def _beside_locks(self, ending: str) -> Iterator[tuple[Path, Path]]:
        """Yield the folders called ".KEY.ending" with the lock of their key: one that has none is not ours."""
        for folder in self.root.glob(f"*/.*.{ending}/"):
            lock = folder.with_name(folder.name.removesuffix(ending) + "lock")
            if lock.is_file():
                yield folder, lock


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The cache's folder '{folder}' must be writable. Got: {error.strerror}. Set WARMSTART_CACHE to another."
    )


def _recorded(folder: Path) -> dict[str, int] | None:
    """Return the sizes of an entry's files by path, as they were when it was made, or None where it is none of ours."""
    try:
        record = strict_json.load(folder / COMPLETE)
        sizes = {str(path): int(size) for path, size in record["files"].items()}
        return sizes if record["schema"] == SCHEMA else None
    except (OSError, WarmstartError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _is_whole(folder: Path) -> bool:
    """Return whether it is an entry of which every file is there, and as large as when it was made."""
    sizes = _recorded(folder)
    try:
        return sizes is not None and all((folder / path).stat().st_size == size for path, size in sizes.items())
    except OSError:
        return False


def _used(folder: Path) -> float:
    mark = folder / COMPLETE
    return (mark if mark.exists() else folder).stat().st_mtime


def _finish(partial: Path, folder: Path) -> None:
    """Seal what was built: every file to disk, `complete.json` last, then the rename."""
    files = sorted(file for file in partial.rglob("*") if file.is_file() and file != partial / COMPLETE)
    sizes: dict[str, Any] = {file.relative_to(partial).as_posix(): file.stat().st_size for file in files}
    sync_tree(partial)
    strict_json.save(partial / COMPLETE, {"schema": SCHEMA, "files": sizes})
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    sync_folder(folder.parent)


def _remove(entry: _Entry) -> bool:
    """Remove an entry unless somebody holds its lock, or has used it since it was listed; say whether it went."""
    from filelock import FileLock, Timeout

    trash = entry.folder.with_name(f".{entry.folder.name}.trash")
    try:
        with FileLock(entry.lock, timeout=0):
            if _used(entry.folder) > entry.used:
                return False
            shutil.rmtree(trash, ignore_errors=True)
            entry.folder.rename(trash)
            shutil.rmtree(trash, ignore_errors=True)
    except (Timeout, OSError):
        return False
    return True
