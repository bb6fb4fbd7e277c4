"""What a reader is."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from warmstart.core.dataset import Dataset
from warmstart.core.part import Part
from warmstart.readers._cells import words


@dataclass(frozen=True)
class ReadOptions:
    """How the user said the data is to be read; empty means: find out.

    Parameters
    ----------
    inputs : names of the input columns.
    target : name of the label column.
    classes : keep only rows of these classes, in this order.
    groups : name of the column whose equal values belong together; "COLUMN~REGEX" takes the part of each
        value that the regular expression matches, so that "id~^[^_]+" is the id before the first "_".
        Class folders have the columns "file" and "path" besides those of metadata.csv.
    attributes : names of columns to audit for bias.
    licence : under what the data may be used, where that is known.
    kind : "image" or "text": what the input is wished to be. A guess follows it, and a named column is read as it.
    unlabelled : look for no labels and miss none: no column is taken for them, and folders are no classes.
    """

    inputs: tuple[str, ...] = ()
    target: str | None = None
    classes: tuple[str, ...] = ()
    groups: str | None = None
    attributes: tuple[str, ...] = ()
    licence: str = ""
    unlabelled: bool = False
    kind: str | None = None

    def __post_init__(self) -> None:
        """Write the classes as labels are written."""
        object.__setattr__(self, "classes", words(self.classes))


class Reader(Part):
    """Reads one kind of data."""

    @classmethod
    @abstractmethod
    def claims(cls, data: Any) -> bool:
        """Return whether `data` (a Path, or a Python object) is of the kind this reader reads."""

    @abstractmethod
    def read(self, data: Any, options: ReadOptions) -> Dataset:
        """Read it; nothing is decoded yet.

        Raises
        ------
        DataError : a column is missing (the nearest is suggested), there are no rows, or no labels to read.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return a function (folder) -> tiny data of this kind, written there if it is files, and the options."""
