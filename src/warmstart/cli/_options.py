"""Options that several commands have in common, and how what was given is read."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.cli import _completion
from warmstart.errors import OptionError, listed

if TYPE_CHECKING:
    from warmstart.readers._base import ReadOptions

Inputs = Annotated[list[str] | None, typer.Option("--input", metavar="COL", help="The input column.")]
Target = Annotated[str | None, typer.Option("--target", metavar="COL", help="The label column.")]
IN_QUOTES = "a name that has a comma goes in double quotes"
Classes = Annotated[
    str | None,
    typer.Option(
        "--classes", metavar="A,B", help=f"Keep rows of these classes only; {IN_QUOTES}: '\"Paris, France\",Rome'."
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups", metavar="COL", help="Rows that belong together; 'id~^[^_]+' takes the id before the first _."
    ),
]
Attributes = Annotated[
    str | None, typer.Option("--attributes", metavar="COL,COL", help=f"Columns to audit for bias; {IN_QUOTES}.")
]
Threads = Annotated[int, typer.Option("--threads", min=0, help="Processor threads; 0 for as many as there are.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of every random choice; the same one gives the same result.")
]
Task = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="KIND",
        help="What the inputs are, image or text; auto goes by the data.",
        autocompletion=_completion.parts("modalities", "auto"),
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Names from `warmstart sources`, folders, runs, hf:owner/name; repeats. By default auto: of the packaged "
        "sources, the one that is expected to transfer best.",
        autocompletion=_completion.sources,
    ),
]
Budget = Annotated[
    str, typer.Option("--budget", metavar="TIME", help="From start to the verified bundle: 90s, 5m or 1h.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


class Metric(StrEnum):
    """What judges the models."""

    AUTO = "auto"
    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced_accuracy"
    MACRO_F1 = "macro_f1"


def names(given: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return the names of an option that repeats, or takes several with commas; in quotes a name may have some itself.

    >>> names(["a, b", "c"]), names("a,b"), names(None), names('"Paris, France", Rome')
    (('a', 'b', 'c'), ('a', 'b'), (), ('Paris, France', 'Rome'))

    Raises
    ------
    OptionError : a name outside quotes goes over several lines.
    """
    said = [given] if isinstance(given, str) else given or ()
    try:
        rows = [row for one in said for row in csv.reader([one], skipinitialspace=True)]
    except csv.Error:
        raise OptionError(f"Names are separated by commas, and {IN_QUOTES}. Got {listed(map(repr, said))}.") from None
    return tuple(name.strip() for row in rows for name in row if name.strip())


def read_options(
    inputs: Sequence[str] | None,
    target: str | None,
    *,
    of: Sequence[str | Path | None],
    classes: str | None = None,
    groups: str | None = None,
    attributes: str | None = None,
) -> ReadOptions:
    """Return what the options that name columns say of how the data is to be read.

    Parameters
    ----------
    of : all data that is read so; None is data that was not asked for.

    Raises
    ------
    OptionError : an input column is named, and no data has columns to choose from.
    """
    from warmstart.readers._base import ReadOptions

    return ReadOptions(input_columns(inputs, of), target, names(classes), groups, names(attributes))


def input_columns(inputs: Sequence[str] | None, of: Sequence[str | Path | None]) -> tuple[str, ...]:
    """Return the input columns that are named; of folders the images are read, whatever is said.

    Raises
    ------
    OptionError : all data is such folders.
    """
    places = [str(one) for one in of if one is not None]
    if inputs and all(Path(place).is_dir() for place in places):
        raise OptionError(
            f"`--input` names a column of a table, and of {listed(places)} the images are read. Leave `--input`."
        )
    return tuple(inputs or ())
