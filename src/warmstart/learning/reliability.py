"""Whether probabilities mean what they say: reliability bins, the Brier score, and what chance alone would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.learning.intervals import Interval, proportion
from warmstart.learning.metrics import calibration_gap

MOST_BINS = 10
FEWEST_IN_BIN = 20
CHANCE_DRAWS = 500


@dataclass(frozen=True)
class Bin:
    """Rows whose highest probability is alike: how sure they are on average, and the share that is right."""

    rows: int
    sure: float
    right: Interval


def brier_by_row(truth: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return what the Brier score (1950) is the mean of: the squared distance to the truth, 0 to 2 (rows,)."""
    return np.asarray(np.sum((proba - np.eye(proba.shape[1])[truth]) ** 2, axis=1))


def overconfidence_by_row(truth: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the highest probability, less 1 where its class is right (rows,): on average -1 to 1, 0 where honest."""
    return np.asarray(proba.max(axis=1) - (proba.argmax(axis=1) == truth))


def bins(truth: np.ndarray, proba: np.ndarray) -> tuple[Bin, ...]:
    """Return at most ten bins of equally many rows, the least sure first."""
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == truth
    count = int(np.clip(len(truth) // FEWEST_IN_BIN, 1, MOST_BINS))
    parts = np.array_split(np.argsort(sure, kind="stable"), count)
    return tuple(
        Bin(len(rows), float(sure[rows].mean()), proportion(float(right[rows].mean()), len(rows))) for rows in parts
    )


def calibration_error_by_chance(proba: np.ndarray, *, units: np.ndarray | None = None, seed: int = 0) -> float:
    """Return the calibration error that perfect probabilities stay below 19 times in 20, on as many rows.

    The error is above zero by construction; what these probabilities would give if they were true
    tells how far (consistency resampling: Bröcker and Smith, 2007).

    Parameters
    ----------
    units : rows that belong together (rows,) are taken to be right or wrong together.
    """
    rng = np.random.default_rng(seed)
    sure = proba.max(axis=1)
    unit = np.arange(len(proba)) if units is None else np.unique(units, return_inverse=True)[1]
    drawn = [calibration_gap(sure, rng.random(unit.max() + 1)[unit] < sure) for _ in range(CHANCE_DRAWS)]
    return float(np.quantile(drawn, 0.95))
