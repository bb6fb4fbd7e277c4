"""Make a dataset of named columns of plain values: which are input, label, group, attribute.

Tables, frames and Hugging Face datasets all come down to this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import Column, ColumnKind, Dataset, Skipped
from warmstart.errors import DataError, OptionError, listed, nearest
from warmstart.readers._base import ReadOptions
from warmstart.readers._cells import MANY, image_cell, is_missing, sample_of, word_of, words
from warmstart.readers._choice import Columns, choose, found

PLAIN = (str, int, float, bool, date)


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
    choice = choose(columns, options, name=name, base=base)
    values = list(columns[choice.input])
    dataset = Dataset(
        name=name,
        inputs=(Column(choice.input, choice.kind, _cells(values, choice.kind, base)),),
        ids=_ids(values, choice.kind, numbers or range(1, rows + 1)),
        labels=None if choice.target is None else labels_of(columns[choice.target]),
        groups=groups_of(columns, options.groups, name=name),
        attributes={key: words(columns[found(columns, key, name=name)]) for key in options.attributes},
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
        name: words(values)
        for name, values in free.items()
        if all(isinstance(value, PLAIN) or is_missing(value) for value in sample_of(values))
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


def groups_of(columns: Columns, groups: str | None, *, name: str) -> tuple[str, ...] | None:
    """Return the group of every row, or None; see `ReadOptions.groups`.

    A row without a value, or whose value the expression does not match, stands for itself.

    Raises
    ------
    OptionError : the expression cannot be read.
    DataError : there is no such column, or that is so of all rows.
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
    values = words(columns[found(columns, column, name=name)])
    if not any(value and expression.search(value) for value in values):
        wanted = f" that '{pattern}' matches" if pattern else ""
        files = f"; {name} must name the images as their files are called" if name.startswith("metadata.") else ""
        raise DataError(
            f"--groups '{groups}' must find a group for at least one row. No row has a value in '{column}'{wanted}. "
            f"Check the column and the expression{files}."
        )
    return tuple(_group(expression, value, row) for row, value in enumerate(values))


def _group(expression: re.Pattern[str], value: str, row: int) -> str:
    """Return the group that a value names."""
    match = expression.search(value) if value else None
    if match is None:
        return value or alone(row)
    return (match.group(1) if expression.groups else match.group(0)) or value


def own_groups(values: Sequence[Any]) -> tuple[str, ...]:
    """Return the values as the groups of their rows; a row without one stands for itself."""
    return tuple(word or alone(row) for row, word in enumerate(words(values)))


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
    """Return values as class names; missing, NaN and blank ones as None, 1.0 as "1".

    Raises
    ------
    DataError : one holds several values, or bytes; its row is named.
    """
    for row, value in enumerate(values, start=1):
        if isinstance(value, MANY):
            raise DataError(
                f"Every row must have one label, a word or a number. Got a {type(value).__name__} in row {row}. "
                "Give one label a row; rows of several classes at once cannot be classified."
            )
    return tuple(word if word else None for word in words(values))


def _cells(values: Sequence[Any], kind: ColumnKind, base: Path | None) -> list[Any]:
    """Return a column's values as cells."""
    if kind == "image":
        return [image_cell(value, base) for value in values]
    return [value if isinstance(value, str) else word_of(value) for value in values]


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
