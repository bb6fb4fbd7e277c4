"""The order in which a dataset goes through a network: fixed batches of prepared inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from warmstart.core.dataset import Dataset
from warmstart.errors import DataError
from warmstart.runtime.decode import Decoder
from warmstart.runtime.length_batches import length_batches
from warmstart.runtime.prepare import Preparation, Prepared, TextPreparation, prepared_batches
from warmstart.runtime.views import seen

BATCH = 16
ENCODED = 1024

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Batches:
    """Rows in batches that depend on the rows alone, and how to get the inputs of the batches from one on.

    Parameters
    ----------
    count : how many rows the dataset has, those in no batch included.
    rows : the row numbers of every batch.
    lengths : tokens of every row, for texts.
    read : (first batch, most batches) -> (rows, prepared inputs) of one batch after the other.
    """

    count: int
    rows: tuple[np.ndarray, ...]
    lengths: np.ndarray | None
    read: Callable[[int, int], Iterator[tuple[np.ndarray, Feeds]]]

    @cached_property
    def offsets(self) -> np.ndarray:
        """Where every row starts when all are packed end to end."""
        lengths = self.lengths if self.lengths is not None else np.ones(self.count, dtype=np.int64)
        return np.concatenate([[0], np.cumsum(lengths)])[:-1]

    def rows_until(self, batch: int) -> int:
        """Return how many rows the first batches hold."""
        return int(self._seen[batch])

    @cached_property
    def _seen(self) -> np.ndarray:
        return np.cumsum([0, *(len(rows) for rows in self.rows)])

    def iterate(self, first: int, *, most: int | None = None) -> Iterator[tuple[np.ndarray, Feeds]]:
        """Yield rows and prepared inputs of every batch from `first` on."""
        return self.read(first, len(self.rows) if most is None else most)


def image_batches(
    dataset: Dataset,
    prepare: Preparation,
    decoder: Decoder,
    pixels: np.ndarray | None,
    *,
    view: str = "plain",
    rows: np.ndarray | None = None,
) -> Batches:
    """Return images in batches of BATCH, decoded ahead of their use, or read from `pixels` where they are kept.

    Parameters
    ----------
    pixels : the prepared inputs of every row, if an earlier pass kept them.
    view : the change that is made to every image.
    rows : the rows that are wanted; all by default.
    """
    chosen = np.arange(len(dataset)) if rows is None else rows
    batches = tuple(chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))
    cells = dataset.inputs[0].cells

    def read(first: int, most: int) -> Iterator[tuple[np.ndarray, Feeds]]:
        wanted = batches[first : first + most]
        if pixels is not None:
            yield from ((part, seen(view, {"pixels": np.asarray(pixels[part])})) for part in wanted)
        elif wanted:
            places = np.concatenate(wanted)
            for found, prepared in prepared_batches(prepare, [cells[row] for row in places], decoder, BATCH):
                yield places[found], seen(view, _whole(dataset, places[found], prepared))

    return Batches(len(dataset), batches, None, read)


def text_batches(dataset: Dataset, prepare: TextPreparation) -> Batches:
    """Return texts in batches of a token budget, the shortest texts first.

    Raises
    ------
    DataError : a row holds something else than a text.
    """
    cells = dataset.inputs[0].cells
    for row, cell in enumerate(cells):
        if not isinstance(cell, str):
            raise DataError(
                f"Row '{dataset.ids[row]}' must hold a text. It holds a {type(cell).__name__}. Leave it out."
            )
    tokens, lengths = _tokens(cells, prepare)
    starts = np.cumsum(lengths) - lengths
    batches = tuple(length_batches(lengths))

    def read(first: int, most: int) -> Iterator[tuple[np.ndarray, Feeds]]:
        for rows in batches[first : first + most]:
            yield rows, prepare.pad([tokens[starts[row] : starts[row] + lengths[row]] for row in rows])

    return Batches(len(dataset), batches, lengths, read)


def _tokens(cells: Any, prepare: TextPreparation) -> tuple[np.ndarray, np.ndarray]:
    """Return the token ids of all texts end to end, and how many each has."""
    ids: list[np.ndarray] = []
    lengths: list[int] = []
    for start in range(0, len(cells), ENCODED):
        encoded = prepare.encode(cells[start : start + ENCODED])
        ids.append(np.array([token for text in encoded for token in text], dtype=np.int32))
        lengths += map(len, encoded)
    return np.concatenate(ids) if ids else np.zeros(0, np.int32), np.array(lengths, dtype=np.int64)


def _whole(dataset: Dataset, rows: np.ndarray, prepared: Prepared) -> Feeds:
    """Return the inputs of a batch in which every row worked.

    Raises
    ------
    DataError : one did not; loading names such rows and leaves them out, so the file has changed since.
    """
    if prepared.failed:
        place, reason = next(iter(prepared.failed.items()))
        raise DataError(
            f"'{dataset.ids[rows[place]]}' could be read when the data was loaded, and now it {reason}. "
            "Leave the data as it is while this runs, and run the command again."
        )
    return prepared.feeds
