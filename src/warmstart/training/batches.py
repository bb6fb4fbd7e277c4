"""Rows in batches: of like length, and in an order that a seed and an epoch fix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

POOL = 16
TOKENS = 4096


def length_batches(lengths: np.ndarray, size: int, *, tokens: int = TOKENS) -> Iterator[np.ndarray]:
    """Yield places into `lengths` in batches, from short to long, so that little is padding.

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


def shuffled_batches(lengths: np.ndarray, size: int, *, seed: int, epoch: int) -> list[np.ndarray]:
    """Return places into `lengths` in batches of `size`, in an order drawn from the seed and the epoch.

    Rows are shuffled, sorted by length within pools of some batches, and the batches shuffled again:
    batches are of like length, and no two epochs are alike.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if np.ptp(lengths) > 0:
        pools = [order[start : start + POOL * size] for start in range(0, len(order), POOL * size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [batches[place] for place in rng.permutation(len(batches))]
