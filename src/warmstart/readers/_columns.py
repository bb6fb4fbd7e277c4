"""Make a dataset of named columns of plain values: which are input, label, group, attribute.

Tables, frames and Hugging Face datasets all come down to this.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import Column, ColumnKind, Dataset, Skipped
from warmstart.errors import DataError, OptionError, listed, nearest
from warmstart.readers._base import ReadOptions
from warmstart.runtime.unread_photos import UNREAD_PHOTOS

IMAGE_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
        ".avif",
        ".jp2",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    ]
)
PHOTO_SUFFIXES = (*IMAGE_SUFFIXES, *UNREAD_PHOTOS)
TARGET_NAMES = ("label", "labels", "target", "class", "y", "category")
MOST_CLASSES = 50
SAMPLE = 200
PLAIN = (str, int, float, bool, date)

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Choice:
    """Which column is the input, of what kind, and which the target."""

    input: str
    kind: ColumnKind
    target: str | None


def dataset_of(
    columns: Columns,
    options: ReadOptions,
    *,
    name: str,
    base: Path | None = None,
    skipped: Sequence[Skipped] = (),
    numbers: Sequence[int] | None = None,
    roles: Sequence[str] | None = None,
) -> Dataset:
    """Return the dataset that the columns make.

    Parameters
    ----------
    columns : values of every column by name, all of the same length; None is a missing value.
    base : the folder that image paths are relative to.
    skipped : rows that were left out while reading.
    numbers : what row of the file each row is, counted from 1; by default 1, 2, 3 …
    roles : the role of every row, where the data is already split.

    Raises
    ------
    DataError : a column is missing, there are no rows, or no labels.
    """
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise DataError(f"{name} has no rows. It must have a header and at least one row a class.")
    choice = choose(columns, options, name=name)
    values = list(columns[choice.input])
    dataset = Dataset(
        name=name,
        inputs=(Column(choice.input, choice.kind, _cells(values, choice.kind, base)),),
        ids=_ids(values, choice.kind, numbers or range(1, rows + 1)),
        labels=None if choice.target is None else labels_of(columns[choice.target]),
        groups=groups_of(columns, options.groups, name=name),
        attributes={key: _words(columns[found(columns, key, name=name)]) for key in options.attributes},
        aside=aside(columns, options, {choice.input, choice.target}),
        roles=None if roles is None else tuple(roles),
        skipped=tuple(skipped),
        licence=options.licence,
    )
    return with_classes(dataset, options, target=choice.target)


def aside(columns: Columns, options: ReadOptions, taken: Collection[str | None]) -> dict[str, tuple[str, ...]]:
    """Return the columns of single values that are neither taken, nor audited, nor what groups are made of."""
    taken = {*taken, *options.attributes, options.groups, (options.groups or "").partition("~")[0]}
    free = {name: values for name, values in columns.items() if name not in taken}
    return {
        name: _words(values)
        for name, values in free.items()
        if all(isinstance(value, PLAIN) or is_missing(value) for value in _sample(values))
    }


def with_classes(dataset: Dataset, options: ReadOptions, *, target: str | None) -> Dataset:
    """Return the rows of the wanted classes and the unlabelled ones; all rows where no labels are read.

    Raises
    ------
    DataError : no row has a label, or a wanted class has no row; the nearest is suggested.
    """
    if options.unlabelled:
        return dataset
    labels = dataset.labels or (None,) * len(dataset)
    known = {label for label in labels if label is not None}
    where = f"column '{target}' of {dataset.name}" if target else dataset.name
    if not known:
        raise DataError(f"All labels are missing in {where}. At least two classes need labelled rows. Check --target.")
    for wanted in options.classes:
        if wanted not in known:
            raise DataError(
                f"There is no class '{wanted}' in {where}. It must be one of: "
                f"{listed(sorted(known), 20)}.{nearest(wanted, known)}"
            )
    if not options.classes:
        return dataset
    keep = [row for row, label in enumerate(labels) if label is None or label in options.classes]
    return dataset.take(np.array(keep, dtype=np.int64))


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


def groups_of(columns: Columns, groups: str | None, *, name: str) -> tuple[str, ...] | None:
    """Return the group of every row, or None; see `ReadOptions.groups`.

    A row without a value, or whose value the expression does not match, stands for itself.
    """
    if groups is None:
        return None
    column, _, pattern = (groups, "", "") if groups in columns else groups.partition("~")
    try:
        expression = re.compile(pattern or r"(?s).*")
    except re.error as error:
        raise OptionError(
            f"--groups '{groups}' has a regular expression that cannot be read ({error}). Try --groups 'id~^[^_]+'."
        ) from None
    values = _words(columns[found(columns, column, name=name)])
    return tuple(_group(expression, value, row) for row, value in enumerate(values))


def _group(expression: re.Pattern[str], value: str, row: int) -> str:
    """Return the group that a value names."""
    match = expression.search(value) if value else None
    if match is None:
        return value or alone(row)
    return (match.group(1) if expression.groups else match.group(0)) or value


def own_groups(values: Sequence[Any]) -> tuple[str, ...]:
    """Return the values as the groups of their rows; a row without one stands for itself."""
    return tuple(word or alone(row) for row, word in enumerate(_words(values)))


def alone(row: int) -> str:
    """Return the group of a row that has none, counted from 0.

    >>> alone(4)
    'row 5 alone'
    """
    return f"row {row + 1} alone"


def stands_alone(group: str) -> bool:
    """Return whether a group is that of one row without a group.

    >>> stands_alone("row 5 alone"), stands_alone("row 5")
    (True, False)
    """
    return re.fullmatch(r"row \d+ alone", group) is not None


def labels_of(values: Sequence[Any]) -> tuple[str | None, ...]:
    """Return values as class names; missing, NaN and blank ones as None, 1.0 as "1"."""
    return tuple(word if word else None for word in _words(values))


def _words(values: Sequence[Any]) -> tuple[str, ...]:
    """Return values as trimmed strings, "" where there is none."""
    return tuple(_word(value) for value in values)


def is_missing(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, or a frame's own sign for it."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _word(value: Any) -> str:
    """Return one value as a trimmed string."""
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _likely_target(columns: Columns, taken: set[str], *, name: str) -> str:
    """Return the column that is called like a target, else the one with the fewest repeated values."""
    free = {column: values for column, values in columns.items() if column not in taken}
    for wanted in TARGET_NAMES:
        for column in free:
            if column.strip().casefold() == wanted:
                return column
    counts = {
        column: len({word for word in _words(values) if word})
        for column, values in free.items()
        if not isinstance(next(iter(_sample(values)), None), bytes | dict | np.ndarray)
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


def _sample(values: Sequence[Any]) -> list[Any]:
    """Return the first values that are there."""
    sample = []
    for value in values:
        if not is_missing(value) and not (isinstance(value, str) and not value):
            sample.append(value)
            if len(sample) == SAMPLE:
                break
    return sample


def _mean_length(values: Sequence[Any]) -> float:
    """Return the mean length of a column's texts; 0 where it does not hold texts."""
    sample = _sample(values)
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


def is_image_path(value: Any) -> bool:
    """Return whether a value is a path that ends like an image file, or like a photo that is named as not read."""
    if isinstance(value, Path):
        return True
    if not isinstance(value, str) or len(value) > 4096 or "\n" in value:
        return False
    return value.casefold().endswith(PHOTO_SUFFIXES)


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
    sample = _sample(values)
    if not all(isinstance(value, str) for value in sample):
        got = type(next(value for value in sample if not isinstance(value, str))).__name__
        raise DataError(
            f"The input column '{column}' must hold texts or paths of images. Got {got} values. Try --input."
        )
    return "text"


def image_cell(value: Any, base: Path | None) -> Any:
    """Return a value as an image cell: a path, bytes, or an array.

    Parameters
    ----------
    base : the folder that a path is relative to.
    """
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    if isinstance(value, Path) or (isinstance(value, str) and value):
        return str(base / value) if base is not None else str(value)
    return None if is_missing(value) or (isinstance(value, str) and not value) else value


def _cells(values: Sequence[Any], kind: ColumnKind, base: Path | None) -> list[Any]:
    """Return a column's values as cells."""
    if kind == "image":
        return [image_cell(value, base) for value in values]
    return [value if isinstance(value, str) else _word(value) for value in values]


def _ids(values: Sequence[Any], kind: ColumnKind, numbers: Sequence[int]) -> tuple[str, ...]:
    """Return what a person calls each row: its image's path where that is its own, else "row 12"."""
    rows = tuple(f"row {number}" for number in numbers)
    if kind != "image" or not all(isinstance(value, str | Path) for value in values):
        return rows
    paths = _without_common_folder([str(value) for value in values])
    if len(set(paths)) == len(paths):
        return tuple(paths)
    return tuple(f"{path} ({row})" for path, row in zip(paths, rows, strict=True))


def _without_common_folder(paths: Sequence[str]) -> list[str]:
    """Return absolute paths without the folder that they all lie in; relative ones as they are."""
    if not all(Path(path).is_absolute() for path in paths):
        return list(paths)
    shared = os.path.commonpath([str(Path(path).parent) for path in paths])
    return [Path(path).relative_to(shared).as_posix() for path in paths]
