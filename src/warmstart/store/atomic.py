"""Write a file or a folder whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from warmstart.errors import PathError

LEFT_OVER_SECONDS = 3600.0
_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}\.new", re.DOTALL)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    Parameters
    ----------
    path : where to; folders above it are made.
    data : the whole content.
    """
    with new_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a temporary sibling to write; it takes the file's place once the block ends, and is removed if it fails.

    Raises
    ------
    PathError : a folder, or a device, has that name.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "no plain file"
        raise PathError(f"'{path}' would be replaced by the file that is written, and is {kind}. Name another.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _sibling(path, "new")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole or not at all; newlines stay as they are."""
    write_bytes(path, text.encode("utf-8"))


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary sibling to fill; it takes the target's place once it is whole.

    An existing target is moved aside first and removed afterwards. If the block fails, the
    temporary folder is removed and the target stays as it was.

    Parameters
    ----------
    path : the folder to make or replace.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _tidy(path)
    temporary = _sibling(path, "new")
    temporary.mkdir()
    try:
        yield temporary
        sync_tree(temporary)
        _put_in_place(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sync_tree(folder: Path) -> None:
    """Make sure that every file and folder below has reached the disk."""
    for root, _, names in os.walk(folder):
        for name in names:
            with (Path(root) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(root))


def sync_folder(folder: Path) -> None:
    """Make sure that a folder's entries have reached the disk; no-op where folders cannot be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sibling(path: Path, ending: str) -> Path:
    """Return a name beside the target that nothing else has; by its form it is known as ours."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{ending}")


def _siblings(path: Path, ending: str) -> list[Path]:
    """Return what `_sibling` has named for the target, by whichever process."""
    form = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.{ending}")
    return [one for one in path.parent.iterdir() if form.fullmatch(one.name)]


def _put_in_place(temporary: Path, path: Path) -> None:
    """Rename the temporary folder to the target, moving what is there aside."""
    old = _sibling(path, "old")
    if path.exists():
        path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    sync_folder(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _tidy(path: Path) -> None:
    """Put back a target that a killed process had moved aside, and remove what it left half-written."""
    for old in _siblings(path, "old"):
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(path)
    _remove_left_over(_siblings(path, "new"), older_than=LEFT_OVER_SECONDS)


def is_half_written(path: Path) -> bool:
    """Return whether a file or folder is called as what this module writes before it is whole.

    >>> is_half_written(Path("run/.bundle.0a1b2c3d.new")), is_half_written(Path("run/.env.new"))
    (True, False)
    """
    return _HALF_WRITTEN.fullmatch(path.name) is not None


def tidy_up(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder that is ours, and that nobody else may write now."""
    _remove_left_over(path for path in folder.iterdir() if is_half_written(path))


def _remove_left_over(paths: Iterable[Path], *, older_than: float = 0.0) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < older_than:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
