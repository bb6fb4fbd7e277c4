"""Look whether something beside the content tells the class: further columns, file names, order, encoding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.evidence import Measured, Shortcut
from warmstart.flow.load import Loaded
from warmstart.flow.split import Rows, describe_rows
from warmstart.learning.shortcuts import columns_of, is_far, told_by
from warmstart.modalities._base import Clue, Inspection, Modality

MOST_ROWS = 2000
FEWEST_ROWS = 10
"""Of a class, fewer rows than this cannot be judged."""
MOST_COLUMNS = 40
FOLDS = 5


def shortcuts(loaded: Loaded, rows: Rows, training: np.ndarray) -> tuple[Shortcut, ...] | None:
    """Return what tells the class of training rows far better than chance, the clearest first.

    None is returned where fewer than two classes have rows enough to look at.

    Parameters
    ----------
    training : the rows that may be looked at with their labels; at most MOST_ROWS of them are.
    """
    looked = _some(rows.codes, training)
    codes, classes = rows.codes[looked], len(np.unique(rows.codes[looked]))
    if classes < 2:
        return None
    folds = rows.folds(looked, FOLDS, seed=0)
    groups = rows.together[looked] if loaded.dataset.groups is not None else None
    found = []
    for clue in _clues(loaded, looked):
        if not _varies(clue.values):
            continue
        tells = told_by(clue.values, codes, folds, groups)
        if is_far(tells.low, classes):
            found.append(Shortcut(clue.name, clue.seen, Measured(**tells.to_json()), classes, len(looked)))
    return tuple(sorted(found, key=lambda one: (not one.seen, -one.tells.value)))


def shortcuts_before_a_split(loaded: Loaded) -> tuple[Shortcut, ...] | None:
    """Return the same of labelled rows that are not yet split, without those that the user gave to test on."""
    rows = describe_rows(loaded.dataset, loaded.task, loaded.duplicate_of)
    given = np.array(loaded.dataset.roles or ("",) * len(loaded.dataset))
    return shortcuts(loaded, rows, np.flatnonzero((rows.codes != UNLABELLED) & (given != "test")))


def _some(codes: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return at most MOST_ROWS of the rows, evenly spaced, of the classes that have rows enough."""
    spaced = training[np.unique(np.linspace(0, len(training) - 1, min(len(training), MOST_ROWS)).astype(np.int64))]
    counts = np.bincount(codes[spaced]) if len(spaced) else np.zeros(0, dtype=np.int64)
    return np.asarray(spaced[counts[codes[spaced]] >= FEWEST_ROWS])


def _clues(loaded: Loaded, rows: np.ndarray) -> list[Clue]:
    """Return what the rows have beside their content."""
    dataset = loaded.dataset
    kind: Modality = part("modalities", dataset.modality)()
    cells = [dataset.inputs[0].cells[row] for row in rows]
    arrays = {name: values[rows] for name, values in loaded.inspection.arrays.items()}
    hashes = tuple(loaded.inspection.hashes[row] for row in rows)
    columns = list({**dataset.attributes, **dataset.aside}.items())[:MOST_COLUMNS]
    return [
        *kind.clues(cells, Inspection(hashes, arrays)),
        *(
            Clue(f"the column '{name}'", columns_of([values[row] for row in rows]), seen=False)
            for name, values in columns
        ),
        *_names(dataset, cells),
        *_order(dataset, rows),
    ]


def _names(dataset: Dataset, cells: Sequence[object]) -> list[Clue]:
    """Return the names of image files, without the folders that they lie in."""
    if dataset.modality == "text" or not all(isinstance(cell, str) for cell in cells):
        return []
    return [Clue("the file name", columns_of([Path(str(cell)).name for cell in cells]), seen=False)]


def _order(dataset: Dataset, rows: np.ndarray) -> list[Clue]:
    """Return the places of rows, where a table gave them an order: folders are read class by class."""
    if not all(name.startswith("row ") for name in dataset.ids[:1]):
        return []
    return [Clue("the order of the rows", rows[:, None].astype(np.float64), seen=False)]


def _varies(values: np.ndarray) -> bool:
    """Return whether any two rows differ."""
    return len(np.unique(np.nan_to_num(values, nan=-1.0), axis=0)) > 1
