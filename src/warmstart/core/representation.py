"""Features of a dataset under a source: pooled at every stage, and unpooled at a cut."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

BLOCK = 4096


def read_rows(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return a copy of some rows; of an array on disk, nothing else stays in memory."""
    found = np.ascontiguousarray(values[rows])
    let_go(values)
    return found


def let_go(values: np.ndarray) -> None:
    """Drop the pages of an array on disk that were read from this process's memory; the system keeps them cached."""
    mapped = getattr(values, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


class Boundary(Protocol):
    """Unpooled activations at a cut (or the prepared inputs, at cut 0), one item a row."""

    def __len__(self) -> int: ...

    def lengths(self) -> np.ndarray:
        """Return the size of every item along its ragged axis; ones where items are equal."""
        ...

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows as named, padded arrays, ready for the top of the network."""
        ...


@dataclass(frozen=True)
class Dense:
    """Items of one shape, in an array of shape (rows, …), under the name the network calls them."""

    name: str
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def lengths(self) -> np.ndarray:
        """Return ones: every item has the same size."""
        return np.ones(len(self.values), dtype=np.int64)

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows as one array."""
        return {self.name: read_rows(self.values, rows)}


@dataclass(frozen=True)
class Ragged:
    """Sequences of different lengths, packed end to end: values (total, …) and offsets (rows + 1,)."""

    name: str
    values: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lengths(self) -> np.ndarray:
        """Return the length of every sequence."""
        return np.diff(self.offsets)

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows zero-padded to the longest, and "attention_mask" (rows, longest)."""
        sizes = self.lengths()[rows]
        longest = int(sizes.max())
        values = np.zeros((len(rows), longest, *self.values.shape[1:]), dtype=self.values.dtype)
        mask = np.arange(longest) < sizes[:, None]
        for place, row in enumerate(rows):
            values[place, : sizes[place]] = self.values[self.offsets[row] : self.offsets[row + 1]]
        let_go(self.values)
        return {self.name: values, "attention_mask": mask.astype(np.int64)}


def blocks(rows: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices of at most `size` rows, one of none where there are no rows."""
    for start in range(0, max(rows, 1), size):
        yield slice(start, start + size)


@dataclass(frozen=True)
class FeatureTable:
    """Some rows of arrays that lie side by side, read only as they are asked for.

    Parameters
    ----------
    arrays : features of all rows, (all rows, width) each, in memory or on disk.
    rows : the rows that the table has, in its order.
    """

    arrays: tuple[np.ndarray, ...]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: slice | np.ndarray) -> np.ndarray:
        """Return a copy of the rows at some places, (places, width)."""
        rows = self.rows[places]
        found = np.empty((len(rows), self.width), dtype=self.arrays[0].dtype)
        place = 0
        for values in self.arrays:
            found[:, place : place + values.shape[1]] = read_rows(values, rows)
            place += values.shape[1]
        return found

    @property
    def width(self) -> int:
        """How many columns there are."""
        return sum(values.shape[1] for values in self.arrays)

    def take(self, places: np.ndarray) -> FeatureTable:
        """Return the table of the rows at some places; nothing is read."""
        return replace(self, rows=self.rows[places])


@dataclass(frozen=True)
class Representation:
    """What a source sees in a dataset, computed once and memory-mapped from the cache.

    Parameters
    ----------
    key : the content address: dataset, source, preparation.
    pooled : per stage name, an array (rows, width) of float32: pooled over positions.
    boundaries : per cut, the unpooled activations (float16), or the prepared inputs at cut 0.
    """

    key: str
    pooled: Mapping[str, np.ndarray]
    boundaries: Mapping[int, Boundary]

    def __len__(self) -> int:
        return len(next(iter(self.pooled.values())))

    def features(self, stages: Sequence[str], rows: np.ndarray) -> np.ndarray:
        """Return the pooled features of the stages side by side, (rows, sum of widths), float32."""
        return self.table(stages, rows)[:]

    def table(self, stages: Sequence[str], rows: np.ndarray) -> FeatureTable:
        """Return the same features, to be read a few rows at a time."""
        return FeatureTable(tuple(self.pooled[stage] for stage in stages), rows)
