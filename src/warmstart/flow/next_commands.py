"""What to do with what was just made, as commands that can be copied; words in capitals stand for your data."""

from __future__ import annotations

import shlex
from pathlib import Path


def with_bundle(run: Path, modality: str) -> list[str]:
    """Return what makes sense with a run folder that holds a bundle.

    >>> with_bundle(Path("runs/my photos"), "image")[1]
    "warmstart predict 'runs/my photos/bundle' new_photos/"
    """
    bundle = shlex.quote(str(run / "bundle"))
    return [show(run), predict(run / "bundle", modality), f"warmstart evaluate {bundle} NEW_LABELLED_ROWS"]


def show(run: Path) -> str:
    """Return the command that opens the report."""
    return f"warmstart report {shlex.quote(str(run))} --open"


def predict(bundle: Path, modality: str) -> str:
    """Return the command that answers for new inputs."""
    return f"warmstart predict {shlex.quote(str(bundle))} " + ('--text "…"' if modality == "text" else "new_photos/")
