"""What Python users hold: lists of paths, texts or PIL images, and arrays of images, with their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from warmstart.core.dataset import Column, ColumnKind, Dataset
from warmstart.errors import DataError
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._cells import is_image_path
from warmstart.readers._columns import labels_of, own_groups, with_classes
from warmstart.readers._pixels import eight_bits, from_pil


@dataclass(frozen=True)
class Examples:
    """Inputs and their labels, row by row.

    Parameters
    ----------
    inputs : a list of paths, texts, encoded images, PIL images or arrays; an array of images of shape
        (rows, height, width[, channels]); or a frame or array of one column.
    labels : the class of every row, None or NaN where unknown.
    groups : rows that belong together share a value.
    attributes : columns to audit.
    kind : "image" or "text"; None means: find out.
    up_to_255 : images of floats are known to go to 255, however dark these are.
    """

    inputs: Any
    labels: Sequence[Any] | None = None
    groups: Sequence[Any] | None = None
    attributes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    kind: ColumnKind | None = None
    up_to_255: bool = False


class Arrays(Reader):
    """Lists and arrays in memory."""

    name: ClassVar[str] = "arrays"
    summary: ClassVar[str] = "lists of paths, texts or PIL images, and arrays of images, with labels"

    @classmethod
    def claims(cls, data: Any) -> bool:
        """Return whether it is `Examples`."""
        return isinstance(data, Examples)

    def read(self, data: Examples, options: ReadOptions) -> Dataset:
        """Read the lists."""
        cells, kind = input_cells(data.inputs, kind=data.kind, up_to_255=data.up_to_255)
        labels = None if data.labels is None or options.unlabelled else labels_of(_values(data.labels, len(cells), "y"))
        groups = None if data.groups is None else _values(data.groups, len(cells), "groups")
        dataset = Dataset(
            name="the examples",
            inputs=(Column("input", kind, cells),),
            ids=tuple(f"row {row + 1}" for row in range(len(cells))),
            labels=labels,
            groups=None if groups is None else own_groups(groups),
            attributes={
                name: tuple(value or "" for value in labels_of(_values(values, len(cells), name)))
                for name, values in data.attributes.items()
            },
        )
        return with_classes(dataset, options, target=None)

    @classmethod
    def example(cls) -> Any:
        """Return four texts."""
        texts = Examples(["good", "very good", "bad", "very bad"], ["yes", "yes", "no", "no"])
        return lambda folder: texts, ReadOptions()


def input_cells(
    inputs: Any, *, kind: ColumnKind | None = None, up_to_255: bool = False
) -> tuple[list[Any], ColumnKind]:
    """Return the inputs as cells, and whether they are images or texts; the parameters are those of `Examples`.

    Raises
    ------
    DataError : there are none, they are of several kinds, or of none that can be used; or an image in memory
        cannot be decoded.
    """
    values = one_column(inputs)
    if not values:
        raise DataError("The inputs must have at least one row. Got none.")
    found = kind or _kind_of(values)
    cells = eight_bits([_cell(value, row, found) for row, value in enumerate(values, 1)], up_to_255=up_to_255)
    wanted: tuple[type, ...] = (str,) if found == "text" else (str, bytes, np.ndarray)
    for row, cell in enumerate(cells):
        if cell is not None and not isinstance(cell, wanted):
            remedy = " Give the text that the file holds." if isinstance(cell, Path) else ""
            raise DataError(
                "The inputs must be paths, texts, PIL images or arrays of uint8. "
                f"Got a {type(cell).__name__} in row {row + 1} of {found} inputs.{remedy}"
            )
    return cells, found


def one_column(inputs: Any) -> list[Any]:
    """Return the rows of a list, an array, or a frame of one column."""
    if hasattr(inputs, "columns") and hasattr(inputs, "shape"):
        from warmstart.readers.frames import frame_columns

        columns = frame_columns(inputs)
        if len(columns) != 1:
            raise DataError(f"The inputs must be one column. Got a frame with {len(columns)}: {', '.join(columns)}.")
        return list(next(iter(columns.values())))
    if isinstance(inputs, str | bytes):
        raise DataError("The inputs must be a list of paths, texts or images. Got one value; put it into a list.")
    if isinstance(inputs, np.ndarray):
        return _array_rows(inputs)
    return list(inputs)


def _array_rows(values: np.ndarray) -> list[Any]:
    """Return the rows of an array: images, or single values."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        return list(values.tolist())
    if values.ndim in (3, 4) and values.dtype.kind in "uif":
        return list(values)
    raise DataError(
        "An array of inputs must be of shape (rows,) or (rows, height, width[, channels]). "
        f"Got {values.dtype} of shape {values.shape}."
    )


def _cell(value: Any, row: int, kind: ColumnKind) -> Any:
    """Return one value as a cell; a path is no text."""
    if isinstance(value, np.str_) or (isinstance(value, Path) and kind == "image"):
        return str(value)
    if type(value).__module__.partition(".")[0] == "PIL":
        return from_pil(value, row)
    return value


def _kind_of(values: Sequence[Any]) -> ColumnKind:
    """Return "text" for strings that are not called like image files, else "image"; a path is one, however called."""
    texts = [value for value in values if isinstance(value, str)]
    if not texts or any(isinstance(value, Path) for value in values):
        return "image"
    return "image" if sum(map(is_image_path, texts)) >= 0.9 * len(texts) else "text"


def _values(values: Any, rows: int, name: str) -> list[Any]:
    """Return a column's values as a list of the right length.

    Raises
    ------
    DataError : the length is not that of the inputs.
    """
    found = list(values.tolist() if hasattr(values, "tolist") else values)
    if len(found) != rows:
        raise DataError(f"`{name}` must have one value a row. Got {len(found)} values for {rows} inputs.")
    return found
