"""Rows in batches of like length, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

TOKENS = 4096


def length_batches(lengths: np.ndarray, size: int | None = None, *, tokens: int = TOKENS) -> Iterator[np.ndarray]:
    """Yield places into `lengths` in batches, from short to long.

    Parameters
    ----------
    size, tokens : a batch has at most so many rows, and so many tokens with its padding (or one row).
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    for stop in range(1, len(order) + 1):
        full = stop - start == size or stop == len(order)
        if full or (stop - start + 1) * lengths[order[stop]] > tokens:
            yield order[start:stop]
            start = stop
