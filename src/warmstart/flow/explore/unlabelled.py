"""Read data that has no labels, or whose labels are looked at only afterwards, and say which rows repeat which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.progress import Progress, silent
from warmstart.core.task import Task
from warmstart.errors import DataError
from warmstart.flow.inspected import inspected
from warmstart.flow.load import find_reader, readable, unequal
from warmstart.learning.duplicates import exact_pairs, stars
from warmstart.modalities._base import Modality
from warmstart.readers._base import ReadOptions
from warmstart.readers._metadata import METADATA
from warmstart.readers._places import places
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

FEWEST = 10
FOLDER = "folder"


@dataclass(frozen=True)
class Unlabelled:
    """Rows that can be used, and which repeat which.

    Parameters
    ----------
    dataset : the readable rows, with their hashes and without labels.
    exact : pairs (pairs, 2) of a row and the first of the same content, that first.
    near : pairs (pairs, 2) that are alike but not equal; None where rows are too much alike to tell.
    original : for every row the first of the same content, itself where there is none (rows,).
    sizes : width and height of every image (rows, 2), or None.
    """

    dataset: Dataset
    exact: np.ndarray
    near: np.ndarray | None
    original: np.ndarray
    sizes: np.ndarray | None

    @property
    def distinct(self) -> np.ndarray:
        """The rows that repeat no earlier one."""
        return np.flatnonzero(self.original == np.arange(len(self.original)))


@dataclass(frozen=True)
class Labelled:
    """Labels that rows turned out to have: where from, the classes, and codes (rows,), UNLABELLED where unknown.

    Parameters
    ----------
    seen : how many more rows have one and are left out, since the source has seen them.
    """

    name: str
    task: Task
    codes: np.ndarray
    seen: int = 0

    @property
    def names(self) -> tuple[str | None, ...]:
        """The label of every row, None where unknown."""
        return tuple(None if code == UNLABELLED else self.task.classes[code] for code in self.codes)


def read_unlabelled(
    data: Any,
    *,
    inputs: tuple[str, ...] = (),
    labels: str | None = None,
    decoder: Decoder,
    cache: Cache,
    progress: Progress = silent,
) -> tuple[Unlabelled, Labelled | None]:
    """Read a folder of images, however nested, a table, or Python data, and only then the labels that were named.

    Parameters
    ----------
    inputs : the input column of a table; the likeliest where empty.
    labels : a column of the table or of metadata.csv, "folder" for the sub-folders of images, or None.

    Raises
    ------
    PathError, DataError : nothing can be read, there are too few rows or too few different ones, or the labels
        are missing or tell nothing.
    """
    data = Path(data) if isinstance(data, str) else data
    is_folder = isinstance(data, Path) and data.is_dir()
    folders = labels == FOLDER and is_folder
    named = (labels,) if labels is not None and not folders else ()
    if named and is_folder and not any((data / name).is_file() for name in METADATA):
        raise DataError(
            f"The labels of a folder are a column of its {METADATA[0]}. {data} has none. "
            f"For the names of the sub-folders, say --labels {FOLDER}."
        )
    dataset = find_reader(data).read(data, ReadOptions(inputs=inputs, unlabelled=True, attributes=named))
    kind: Modality = part("modalities", dataset.modality)()
    found = inspected(kind, dataset.inputs[0].cells, decoder=decoder, progress=progress, cache=cache)
    dataset, found = readable(dataset, found)
    _require_rows(dataset)
    values = _values(dataset, labels, folders=folders)
    near = kind.near_duplicates(dataset.inputs[0].cells, found)
    hashes = dataset.hashes or ()
    dataset = replace(dataset, attributes={})
    rows = Unlabelled(
        dataset,
        exact_pairs(hashes),
        None if near is None else unequal(near, hashes),
        stars(hashes, np.zeros((0, 2), dtype=np.int64)),
        found.arrays.get("size"),
    )
    return rows, None if values is None or labels is None else _labelled(labels, values, dataset)


def unseen(labels: Labelled, dataset: Dataset, seen: Collection[str]) -> Labelled:
    """Return the labels of rows that the source has not seen: what trained it does not show what it is worth.

    Parameters
    ----------
    seen : content hashes of the rows that it, or a model it comes from, has seen.

    Raises
    ------
    DataError : hardly any are left.
    """
    known = (labels.codes != UNLABELLED) & np.isin(np.array(dataset.hashes), list(seen))
    codes = np.where(known, UNLABELLED, labels.codes)
    left = codes[codes != UNLABELLED]
    if known.any() and len(left) < 2 * max(len(np.unique(left)), 2):
        raise DataError(
            f"Labels to compare with must be of rows that the source has not seen. It has seen {known.sum():,} of the "
            f"{known.sum() + len(left):,} rows with '{labels.name}'. Name another --source, or leave --labels."
        )
    return replace(labels, codes=codes, seen=int(known.sum()))


def _require_rows(dataset: Dataset) -> None:
    rows, different = len(dataset), len(set(dataset.hashes or ()))
    what = f"{dataset.modality}s"
    if rows < FEWEST:
        raise DataError(
            f"Exploring needs at least {FEWEST} {what} that can be read. {dataset.name} has {rows}. Add more rows."
        )
    if different == 1:
        raise DataError(f"All {rows:,} {what} of {dataset.name} are identical: there is nothing to tell apart.")
    if different < FEWEST:
        raise DataError(
            f"Exploring needs at least {FEWEST} different {what}. {dataset.name} has {different} in {rows:,} rows; "
            "the others are exact copies. `warmstart check` names them."
        )


def _values(dataset: Dataset, labels: str | None, *, folders: bool) -> tuple[str, ...] | None:
    """Return the label of every row, "" where it has none."""
    if labels is None:
        return None
    return tuple(place.label or "" for place in places(dataset.ids)) if folders else dataset.attributes[labels]


def _labelled(name: str, values: tuple[str, ...], dataset: Dataset) -> Labelled:
    """Return labels that groups can be held against.

    Raises
    ------
    DataError : they have one value, or hardly two rows of any.
    """
    counts = Counter(value for value in values if value)
    if len(counts) < 2:
        got = f"'{next(iter(counts))}' in every row" if counts else "no value at all"
        raise DataError(f"Labels to compare with must have at least two values. '{name}' has {got}. Leave --labels.")
    if 2 * len(counts) > sum(counts.values()):
        raise DataError(
            f"Labels to compare with must have at least two rows a value on average. '{name}' has {len(counts):,} "
            f"values in {sum(counts.values()):,} rows, as an id has. Name another column with --labels."
        )
    task = Task(tuple(sorted(counts)), dataset.modality)
    index = {value: code for code, value in enumerate(task.classes)}
    return Labelled(name, task, np.array([index.get(value, UNLABELLED) for value in values], dtype=np.int64))
