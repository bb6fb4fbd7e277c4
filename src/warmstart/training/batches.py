"""Rows in batches of like length, in an order that a seed and an epoch fix."""

from __future__ import annotations

import numpy as np

POOL = 16


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
