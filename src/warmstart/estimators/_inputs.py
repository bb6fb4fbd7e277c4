"""What a Python user hands in, as the readers take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from warmstart.core.dataset import Dataset


def cells_of(X: Any, kind: str) -> list[Any]:
    """Return inputs as cells of the kind that a model reads.

    Raises
    ------
    DataError : they are of another kind.
    """
    from warmstart.readers.arrays import input_cells

    return input_cells(X, kind=kind)[0]  # type: ignore[arg-type]


def unlabelled(X: Any) -> Dataset:
    """Return inputs as a dataset without labels."""
    from warmstart.readers._base import ReadOptions
    from warmstart.readers.arrays import Arrays, Examples

    return Arrays().read(Examples(X), ReadOptions(unlabelled=True))


def labels_by_name(labels: Iterable[Any]) -> dict[str, Any]:
    """Return the labels as they were given by what the readers call them; 1.0 is called "1", and NaN is none."""
    from warmstart.readers._columns import labels_of

    given = list(labels)
    return {name: label for name, label in zip(labels_of(given), given, strict=True) if name is not None}


def names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as several."""
    return (value,) if isinstance(value, str) else tuple(value)


def seconds(budget: str | float) -> float:
    """Return a budget such as "5m", or in seconds, in seconds.

    Raises
    ------
    OptionError : it is not a time above 0.
    """
    from warmstart.core.wording import seconds_of

    return seconds_of(budget) if isinstance(budget, str) else float(budget)
