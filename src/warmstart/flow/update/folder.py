"""The run folder that an update writes: new or empty, and held by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warmstart.errors import RunConflict
from warmstart.store.lock import NAME, hold


def refuse_taken(run: Path) -> None:
    """Refuse a folder that holds something.

    Raises
    ------
    RunConflict : it does.
    """
    if run.exists() and (not run.is_dir() or any(not _is_nothing(path) for path in run.iterdir())):
        raise RunConflict(f"'{run}' holds something already. Name a folder that is new or empty with --out.")


@contextmanager
def held(run: Path) -> Iterator[None]:
    """Hold the folder for the length of the block; it is looked at again, for another process may have been there.

    Raises
    ------
    RunConflict : it holds something, or another process holds it.
    """
    with hold(run):
        refuse_taken(run)
        yield


def _is_nothing(path: Path) -> bool:
    """Return whether it is the lock, or a bundle half-written: what is whole has its own name."""
    return path.name == NAME or (path.name.startswith(".bundle.") and path.name.endswith(".new"))
