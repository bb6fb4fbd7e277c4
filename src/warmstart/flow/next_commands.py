"""What to do with what was just made, as commands that can be copied; words in capitals stand for your data."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable
from pathlib import Path

from warmstart.readers._base import ReadOptions

AS_IT_COMES = ReadOptions()


def with_bundle(run: Path, modality: str) -> list[str]:
    """Return what makes sense with a run folder that holds a bundle.

    >>> with_bundle(Path("runs/my photos"), "image")[1]
    "warmstart predict 'runs/my photos/bundle' new_photos/"
    """
    bundle = shlex.quote(str(run / "bundle"))
    return [show(run), predict(run / "bundle", modality), f"warmstart evaluate {bundle} NEW_LABELLED_ROWS"]


def command(
    name: str, *words: str | Path, options: ReadOptions = AS_IT_COMES, task: str = "auto", seed: int = 0
) -> str:
    """Return a command on data that is read as it was read now, and with the same seed; defaults are left out.

    Without them another column would be the label, rows that belong together would be parted, and rows that were
    looked at would be tested.

    >>> command("fit", "my photos/", options=ReadOptions(target="kind", groups="id~^[^_]+"), seed=3)
    "warmstart fit 'my photos/' --target kind --groups 'id~^[^_]+' --seed 3"
    """
    read = [word for column in options.inputs for word in ("--input", column)]
    said = {
        "--target": options.target,
        "--classes": with_commas(options.classes),
        "--groups": options.groups,
        "--task": "" if task == "auto" else task,
        "--seed": str(seed or ""),
    }
    read += [word for option, value in said.items() if value for word in (option, value)]
    return shlex.join(["warmstart", name, *map(str, words), *read])


def with_commas(names: Iterable[str]) -> str:
    """Return names as an option takes several; one that has a comma itself goes in double quotes.

    >>> with_commas(["Paris, France", "Rome"])
    '"Paris, France",Rome'
    """
    written = io.StringIO()
    csv.writer(written).writerow(names)
    return written.getvalue().removesuffix("\r\n")


def show(run: Path) -> str:
    """Return the command that opens the report."""
    return f"warmstart report {shlex.quote(str(run))} --open"


def predict(bundle: Path, modality: str) -> str:
    """Return the command that answers for new inputs."""
    return f"warmstart predict {shlex.quote(str(bundle))} " + ('--text "…"' if modality == "text" else "new_photos/")
