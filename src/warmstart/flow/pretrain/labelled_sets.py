"""Labelled sets to draw tasks from: one dataset of all, each content once, and what of it is never trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.core.card import Card
from warmstart.core.dataset import Dataset
from warmstart.core.task import Task
from warmstart.errors import DataError, listed
from warmstart.flow.load import Loaded, find_reader
from warmstart.flow.split import describe_rows
from warmstart.flow.workbench import Tools
from warmstart.readers._base import ReadOptions


@dataclass(frozen=True)
class Sets:
    """The labelled rows of all sets.

    Parameters
    ----------
    dataset : the rows, each content once.
    names : of the sets.
    classes : of all sets; a name is one class wherever it stands.
    sets, codes : the set and the class of every row (rows,).
    together : unit number (rows,): rows of one unit repeat each other or share a group.
    seen : whether the source has seen a row before (rows,).
    copies : how many further rows repeat one of these.
    judged : how many further rows stand in the judging data, and are left to it.
    """

    dataset: Dataset
    names: tuple[str, ...]
    classes: tuple[str, ...]
    sets: np.ndarray
    codes: np.ndarray
    together: np.ndarray
    seen: np.ndarray
    copies: int
    judged: int

    def names_of(self, rows: np.ndarray) -> list[str]:
        """Return the names of the classes that some rows are of."""
        return [self.classes[code] for code in np.unique(self.codes[rows])]


def read_sets(tools: Tools, card: Card, data: Sequence[str], judged: Collection[str]) -> Sets:
    """Read the labelled sets; rows without a label are left out.

    Parameters
    ----------
    card : of the source.
    data : a folder or a table a set.
    judged : content hashes of the rows that the new source is judged on.

    Raises
    ------
    PathError, DataError : nothing can be read, a set has no labels or one class, a wanted class stands in none, the
        inputs are of another modality than the source, or every row is judged on.
    """
    options = [_own(tools.config.options, card, one, alone=len(data) == 1) for one in data]
    loaded = [tools.load(one, modality=card.modality, options=own) for one, own in zip(data, options, strict=True)]
    classes = tuple(dict.fromkeys(name for one in loaded for name in one.task.classes))
    dataset = _joined([one.dataset for one in loaded], data)
    if missing := [name for name in tools.config.options.classes if name not in classes]:
        raise DataError(
            f"There is no class '{missing[0]}' in {dataset.name}. Of those named there are: {listed(classes)}."
        )
    task = Task(classes, dataset.modality)
    hashes, codes = np.array(dataset.hashes), dataset.codes(task)
    apart = (codes >= 0) & ~np.isin(hashes, list(judged))
    _, first = np.unique(hashes[apart], return_index=True)
    kept = np.sort(np.flatnonzero(apart)[first])
    if not len(kept):
        raise DataError(f"Every labelled row of {dataset.name} stands in the data given to --judge. Give other rows.")
    return Sets(
        dataset=dataset.take(kept),
        names=tuple(one.dataset.name for one in loaded),
        classes=classes,
        sets=np.repeat(np.arange(len(loaded)), [len(one.dataset) for one in loaded])[kept],
        codes=codes[kept],
        together=_units(loaded)[kept],
        seen=np.isin(hashes[kept], list(card.rows_seen())),
        copies=int(np.sum(apart)) - len(kept),
        judged=int(np.sum((codes >= 0) & ~apart)),
    )


def _own(options: ReadOptions, card: Card, data: str, *, alone: bool) -> ReadOptions:
    """Return how one of several sets is read: with those of the wanted classes that it has.

    Raises
    ------
    DataError : it has none of them.
    """
    if alone or not options.classes:
        return options
    every = dataclasses.replace(options, classes=(), kind=card.modality)
    there = set(find_reader(Path(data)).read(Path(data), every).labels or ())
    own = tuple(name for name in options.classes if name in there)
    if not own:
        raise DataError(
            f"Every set must have some of the wanted classes. {data} has none of {listed(options.classes, 12)}. "
            "Leave it out, or name some of its classes with --classes."
        )
    return dataclasses.replace(options, classes=own)


def _units(loaded: Sequence[Loaded]) -> np.ndarray:
    """Return the unit of every row of all sets; rows of different sets are never one unit."""
    found: list[np.ndarray] = []
    for one in loaded:
        own = describe_rows(one.dataset, one.task, one.duplicate_of).together
        found.append(own + (found[-1].max() + 1 if found else 0))
    return np.concatenate(found)


def _joined(datasets: Sequence[Dataset], data: Sequence[str]) -> Dataset:
    """Return the rows of all sets, with what is asked of them: inputs, labels, hashes."""
    first = datasets[0]
    if len(datasets) == 1:
        return first
    return Dataset(
        name=" and ".join(one.name for one in datasets),
        inputs=(
            dataclasses.replace(first.inputs[0], cells=[cell for one in datasets for cell in one.inputs[0].cells]),
        ),
        ids=tuple(f"{where}: {row}" for one, where in zip(datasets, data, strict=True) for row in one.ids),
        labels=tuple(label for one in datasets for label in one.labels or ()),
        hashes=tuple(key for one in datasets for key in one.hashes or ()),
        skipped=tuple(row for one in datasets for row in one.skipped),
    )
