"""What a Python user hands in, as the readers take it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.dataset import Dataset
from warmstart.errors import DataError

if TYPE_CHECKING:
    from warmstart.runtime.decode import Decoder
    from warmstart.store.cache import Cache


def cells_of(X: Any, kind: str, *, up_to_255: bool = False) -> list[Any]:
    """Return inputs as cells of the kind that a model reads.

    Parameters
    ----------
    up_to_255 : what `goes_to_255` said of the inputs that it was fitted on.

    Raises
    ------
    DataError : they are of another kind.
    """
    from warmstart.readers.arrays import input_cells

    return input_cells(X, kind=kind, up_to_255=up_to_255)[0]  # type: ignore[arg-type]


def goes_to_255(X: Any) -> bool:
    """Return whether inputs are images of floats above 1: others of their kind are so too, however dark."""
    from warmstart.readers.arrays import one_column

    rows = one_column(X) if np.iterable(X) and not isinstance(X, str | bytes) else ()
    return any(isinstance(one, np.ndarray) and one.dtype.kind == "f" and one.size and one.max() > 1 for one in rows)


def require_read(failed: Mapping[int, str]) -> None:
    """Refuse inputs of which some cannot be read.

    Parameters
    ----------
    failed : the reason, by the number of the input.

    Raises
    ------
    DataError : there is one; it is named.
    """
    for row, reason in failed.items():
        raise DataError(f"Input {row} {reason}. Leave it out, or mend it.")


def looked_at(X: Any, decoder: Decoder, cache: Cache, *, up_to_255: bool = False) -> Dataset:
    """Return inputs as a dataset without labels, each known by its content.

    Raises
    ------
    DataError : an input cannot be read; it is named.
    """
    from warmstart.core.catalog import part
    from warmstart.flow.inspected import inspected

    dataset = unlabelled(X, up_to_255=up_to_255)
    found = inspected(part("modalities", dataset.modality)(), dataset.inputs[0].cells, decoder=decoder, cache=cache)
    require_read(found.reasons)
    return dataclasses.replace(dataset, hashes=found.hashes)


def unlabelled(X: Any, *, up_to_255: bool = False) -> Dataset:
    """Return inputs as a dataset without labels."""
    from warmstart.readers._base import ReadOptions
    from warmstart.readers.arrays import Arrays, Examples

    return Arrays().read(Examples(X, up_to_255=up_to_255), ReadOptions(unlabelled=True))


def one_a_row(y: Any, name: str = "y") -> Any:
    """Return labels as they were given, those of one column, of shape (rows, 1), as (rows,).

    Raises
    ------
    DataError : there are several columns.
    """
    shape = tuple(getattr(y, "shape", ()))
    if len(shape) < 2:
        return y
    if shape[1:] != (1,):
        raise DataError(
            f"`{name}` must have one label a row, of shape (rows,). Got {shape}. Give the class of every row, "
            f"as `{name}.argmax(axis=1)` is that of one-hot rows."
        )
    return np.asarray(y)[:, 0]


def labels_by_name(labels: Iterable[Any]) -> dict[str, Any]:
    """Return the labels as they were given by what the readers call them; 1.0 is called "1", and NaN is none."""
    from warmstart.readers._columns import labels_of

    called = labels_of(plain(labels))
    return {name: label for name, label in zip(called, labels, strict=True) if name is not None}


def plain(values: Iterable[Any]) -> list[Any]:
    """Return values as a list; those of an array, whatever its type, as Python's own."""
    return list(values.tolist() if hasattr(values, "tolist") else values)


def names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as several."""
    return (value,) if isinstance(value, str) else tuple(value)


def seconds(budget: str | float) -> float:
    """Return a budget such as "5m", or in seconds, in seconds.

    Raises
    ------
    OptionError : it is not a time above 0.
    """
    from warmstart.core.wording import seconds_of

    return seconds_of(budget) if isinstance(budget, str) else float(budget)
