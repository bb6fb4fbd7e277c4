"""How well features tell which two things belong together: the rank of the right one among all."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

TINY = 1e-6


def reciprocal_ranks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return, a pair, the mean of the reciprocal ranks at which each piece finds the other (pairs,), from 0 to 1.

    Features are standardised over all pieces and compared by cosine, so that no scale and no common direction helps;
    where all are alike, the rank is that of chance.

    Parameters
    ----------
    first, second : features of the two pieces of every pair (pairs, width).
    """
    both = np.concatenate([first, second]).astype(np.float64)
    both = (both - both.mean(axis=0)) / (both.std(axis=0) + TINY)
    both /= np.linalg.norm(both, axis=1, keepdims=True) + TINY
    likeness = both[: len(first)] @ both[len(first) :].T
    ranks = [np.diag(rankdata(-values, axis=1)) for values in (likeness, likeness.T)]
    return np.asarray(np.mean([1 / rank for rank in ranks], axis=0))
