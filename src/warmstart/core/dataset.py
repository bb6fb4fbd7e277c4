"""Named, typed, lazily decoded columns, and the dataset they make."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from warmstart.core.note import Note
from warmstart.core.task import Task

ColumnKind = Literal["image", "text"]
UNLABELLED = -1


@dataclass(frozen=True)
class Column:
    """One named input or target, a cell a row.

    A cell is plain data that is decoded only when it is needed. An image cell is a path (str),
    encoded bytes, or an array (height, width, 3) of uint8; a text cell is a str; a category is a str.
    """

    name: str
    kind: ColumnKind
    cells: Sequence[Any]

    def __len__(self) -> int:
        return len(self.cells)

    def take(self, rows: np.ndarray) -> Column:
        """Return the column with the given rows only, in the given order."""
        return dataclasses.replace(self, cells=[self.cells[row] for row in rows])


@dataclass(frozen=True)
class Skipped:
    """A row that could not be used: its id, where it came from, and the reason in words."""

    id: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """What a reader makes of the user's data: input columns, labels, and what is known of the rows.

    Parameters
    ----------
    name : what a person calls it (the folder's or file's name).
    inputs : the input columns, all of the same length.
    ids : what a person calls each row: a relative path, or "row 12".
    labels : class names of shape (rows,), None for a row without a label; None if there are none.
    groups : rows that belong together (a patient, a module, a review) share a value.
    attributes : columns audited for bias, by name; never an input.
    aside : all other columns of the data by name, as words, "" where there is no value; never an input.
    roles : "train", "validation", "test" or "" per row, where the data is already split.
    hashes : the content hash of every row (sha256 of the decoded content), once it was inspected.
    skipped : rows that the reader had to leave out.
    notes : what else is to be known of how the data was read.
    licence : under what the data may be used; "" where it does not say.
    """

    name: str
    inputs: tuple[Column, ...]
    ids: tuple[str, ...]
    labels: tuple[str | None, ...] | None = None
    groups: tuple[str, ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: tuple[str, ...] | None = None
    hashes: tuple[str, ...] | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Note, ...] = ()
    licence: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def modality(self) -> str:
        """The modality of the first input column."""
        return str(self.inputs[0].kind)

    @property
    def fingerprint(self) -> str:
        """A hash of all row contents in order: the same rows in the same order give the same one."""
        digest = hashlib.sha256(self.modality.encode())
        for row in self.hashes or self.ids:
            digest.update(row.encode())
        return digest.hexdigest()

    def take(self, rows: np.ndarray) -> Dataset:
        """Return the dataset with the given rows only, in the given order."""

        def pick(values: tuple[Any, ...] | None) -> Any:
            return None if values is None else tuple(values[row] for row in rows)

        return dataclasses.replace(
            self,
            inputs=tuple(column.take(rows) for column in self.inputs),
            ids=pick(self.ids),
            labels=pick(self.labels),
            groups=pick(self.groups),
            attributes={name: pick(values) for name, values in self.attributes.items()},
            aside={name: pick(values) for name, values in self.aside.items()},
            roles=pick(self.roles),
            hashes=pick(self.hashes),
        )

    def codes(self, task: Task) -> np.ndarray:
        """Return class codes of shape (rows,), UNLABELLED (-1) where a row has no label of the task."""
        index = {name: code for code, name in enumerate(task.classes)}
        labels = self.labels or (None,) * len(self)
        return np.array(
            [UNLABELLED if name is None else index.get(name, UNLABELLED) for name in labels], dtype=np.int64
        )
