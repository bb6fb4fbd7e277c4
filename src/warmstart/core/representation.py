"""Features of a dataset under a source: pooled at every stage, and unpooled at a cut."""

from __future__ import annotations

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


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
        return np.concatenate([read_rows(self.pooled[stage], rows) for stage in stages], axis=1)
