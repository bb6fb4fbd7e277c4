"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from warmstart.errors import RunConflict

NAME = "LOCK"


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the folder's LOCK file for the length of the block; a killed process lets go of it.

    Parameters
    ----------
    folder : the folder to work in; it is made where missing.

    Raises
    ------
    RunConflict : another process holds it.
    """
    from filelock import FileLock, Timeout

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunConflict(
            f"Another warmstart is working in '{folder}', and only one may. "
            "Wait until it ends, or choose another folder with --out."
        ) from None
    try:
        yield
    finally:
        lock.release()
