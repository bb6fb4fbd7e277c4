"""Choose which column is the input and which the target: those that were named, else the likeliest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from warmstart.core.dataset import ColumnKind
from warmstart.errors import DataError, OptionError, listed, nearest
from warmstart.readers._base import ReadOptions
from warmstart.readers._cells import SAMPLE, image_cell, is_image_path, sample_of, words

TARGET_NAMES = ("label", "labels", "target", "class", "y", "category")
MOST_CLASSES = 50

Columns: TypeAlias = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Choice:
    """Which column is the input, of what kind, and which the target."""

    input: str
    kind: ColumnKind
    target: str | None


def choose(columns: Columns, options: ReadOptions, *, name: str) -> Choice:
    """Return the input and the target: those that were named, else the likeliest.

    Raises
    ------
    DataError : a named column is missing, or no column can be guessed.
    """
    if len(options.inputs) > 1:
        raise OptionError(f"--input must name one column. Got {len(options.inputs)}: {listed(options.inputs)}.")
    aside = {column.split("~")[0] for column in (*options.attributes, options.groups) if column}
    target: str | None = None
    if options.target is not None:
        target = found(columns, options.target, name=name)
    elif not options.unlabelled:
        target = _likely_target(columns, {*options.inputs, *aside}, name=name)
    source = found(columns, options.inputs[0], name=name) if options.inputs else None
    if source is None:
        source = _likely_input(columns, {target, *aside}, name=name)
    return Choice(source, _kind(columns[source], source), target)


def found(columns: Columns, column: str, *, name: str) -> str:
    """Return the column's name if it is there.

    Raises
    ------
    DataError : it is not; the nearest is suggested.
    """
    if column not in columns:
        raise DataError(
            f"{name} has no column '{column}'. It must be one of: {listed(columns, 20)}.{nearest(column, columns)}"
        )
    return column


def _likely_target(columns: Columns, taken: set[str], *, name: str) -> str:
    """Return the column that is called like a target, else the one with the fewest repeated values."""
    free = {column: values for column, values in columns.items() if column not in taken}
    for wanted in TARGET_NAMES:
        for column in free:
            if column.strip().casefold() == wanted:
                return column
    counts = {
        column: len({word for word in words(values) if word})
        for column, values in free.items()
        if not isinstance(next(iter(sample_of(values)), None), bytes | dict | np.ndarray)
    }
    few = {column: count for column, count in counts.items() if 2 <= count <= min(MOST_CLASSES, len(free[column]) // 2)}
    if not few:
        raise DataError(
            f"Which column of {name} holds the labels? None is called {listed(TARGET_NAMES)} or has few values. "
            f"Name it with --target; the columns are: {listed(columns, 20)}."
        )
    return min(few, key=lambda column: few[column])


def _likely_input(columns: Columns, taken: set[str | None], *, name: str) -> str:
    """Return a column of images, else the column of text with the longest texts."""
    free = [column for column in columns if column not in taken]
    for column in free:
        if _is_image_column(columns[column]):
            return column
    lengths = {column: _mean_length(columns[column]) for column in free}
    texts = {column: length for column, length in lengths.items() if length > 0}
    if not texts:
        raise DataError(
            f"Which column of {name} is the input? None holds texts or paths of images. "
            f"Name it with --input; the columns are: {listed(columns, 20)}."
        )
    return max(texts, key=lambda column: texts[column])


def _mean_length(values: Sequence[Any]) -> float:
    """Return the mean length of a column's texts; 0 where it does not hold texts."""
    sample = sample_of(values)
    if not sample or not all(isinstance(value, str) for value in sample) or all(_is_number(value) for value in sample):
        return 0.0
    return sum(len(value) for value in sample) / len(sample)


def _is_number(text: str) -> bool:
    """Return whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_image_column(values: Sequence[Any]) -> bool:
    """Return whether a column holds images: encoded bytes, arrays, or paths that end like image files."""
    sample = _sample_images(values)
    if not sample:
        return False
    return sum(is_image_path(v) or not isinstance(v, str | int | float) for v in sample) >= 0.9 * len(sample)


def _sample_images(values: Sequence[Any]) -> list[Any]:
    """Return the first values as image cells."""
    cells = [image_cell(value, None) for value in values[:SAMPLE]]
    return [cell for cell in cells if cell is not None]


def _kind(values: Sequence[Any], column: str) -> ColumnKind:
    """Return whether a column holds images or texts."""
    if _is_image_column(values):
        return "image"
    sample = sample_of(values)
    if not all(isinstance(value, str) for value in sample):
        got = type(next(value for value in sample if not isinstance(value, str))).__name__
        raise DataError(
            f"The input column '{column}' must hold texts or paths of images. Got {got} values. Try --input."
        )
    return "text"
