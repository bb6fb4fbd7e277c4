"""Choose which column is the input and which the target: those that were named, else the likeliest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from warmstart.core.dataset import ColumnKind
from warmstart.errors import DataError, OptionError, listed, nearest
from warmstart.readers._base import ReadOptions
from warmstart.readers._cells import MANY, SAMPLE, image_cell, is_image_path, sample_of, words

TARGET_NAMES = ("label", "labels", "target", "class", "y", "category")
MOST_CLASSES = 50

Columns: TypeAlias = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Choice:
    """Which column is the input, of what kind, and which the target."""

    input: str
    kind: ColumnKind
    target: str | None


def choose(columns: Columns, options: ReadOptions, *, name: str, base: Path | None = None) -> Choice:
    """Return the input and the target: those that were named, else the likeliest; a wished kind goes before a guess.

    Parameters
    ----------
    base : the folder that image paths are relative to.

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
    images = {column for column in columns if _holds_images(columns[column], options.kind, base)}
    if not options.inputs:
        source = _likely_input(columns, {target, *aside}, images, options.kind, name=name)
    else:
        source = found(columns, options.inputs[0], name=name)
        images -= {source} if options.kind == "text" else set()
    if source not in images:
        _require_texts(columns[source], source)
    return Choice(source, "image" if source in images else "text", target)


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
        if not isinstance(next(iter(sample_of(values)), None), MANY)
    }
    few = {column: count for column, count in counts.items() if 2 <= count <= min(MOST_CLASSES, len(free[column]) // 2)}
    if not few:
        raise DataError(
            f"Which column of {name} holds the labels? None is called {listed(TARGET_NAMES)} or has few values. "
            f"Name it with --target; the columns are: {listed(columns, 20)}."
        )
    return min(few, key=lambda column: few[column])


def _likely_input(columns: Columns, taken: set[str | None], images: set[str], wished: str | None, *, name: str) -> str:
    """Return a column of images, else the one with the longest texts; the other way round where texts are wished."""
    free = [column for column in columns if column not in taken]
    lengths = {column: _mean_length(columns[column]) for column in free if column not in images}
    texts = {column: length for column, length in lengths.items() if length > 0}
    first = next((column for column in free if column in images), None)
    if first is not None and (wished != "text" or not texts):
        return first
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


def _holds_images(values: Sequence[Any], wished: str | None, base: Path | None) -> bool:
    """Return whether a column holds images: encoded bytes, arrays, or paths that end like image files.

    Where images are wished, paths of files that are there will do, whatever they are called.
    """
    if wished == "image" and base is not None:
        paths = [value for value in sample_of(values) if isinstance(value, str)]
        if any(_is_file(base / path) for path in paths):
            return True
    sample = [value for value in values[:SAMPLE] if image_cell(value, None) is not None]
    return bool(sample) and sum(map(_is_image, sample)) >= 0.9 * len(sample)


def _is_image(value: Any) -> bool:
    """Return whether a value is an encoded image, an array of pixels, or a path that ends like an image file."""
    cell = image_cell(value, None)
    is_array = isinstance(cell, np.ndarray) and cell.ndim in (2, 3)
    return is_array or isinstance(cell, bytes) or isinstance(value, Path) or is_image_path(cell)


def _is_file(path: Path) -> bool:
    """Return whether there is such a file; a text may be no path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _require_texts(values: Sequence[Any], column: str) -> None:
    """Refuse a column that holds neither texts nor images.

    Raises
    ------
    DataError : it does; the kind of its values is named.
    """
    sample = sample_of(values)
    if not all(isinstance(value, str) for value in sample):
        got = type(next(value for value in sample if not isinstance(value, str))).__name__
        raise DataError(
            f"The input column '{column}' must hold texts or paths of images. Got {got} values. Try --input."
        )
