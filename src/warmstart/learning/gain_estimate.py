"""What adapting is worth where no label of the target is known: an estimate, and how far such estimates were off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Benchmark:
    """How estimates and true gains lay on tasks whose labels are known (`benchmarks/adaptation.py`), in points.

    Parameters
    ----------
    tasks, adapted : how many pairs of domains and draws there were, and in how many the source's head was changed.
    low, high : between these lay the middle 90 % of (true gain − estimated gain) where it was.
    harmed : in how many of these the true gain was below −0.5 point.
    mix_mean, mix_worst : the gain where the true class mix was given instead, on average and at worst.
    measured : when.
    """

    tasks: int
    adapted: int
    low: float
    high: float
    harmed: int
    mix_mean: float
    mix_worst: float
    measured: str


@dataclass(frozen=True)
class GainEstimate:
    """The gain of what is delivered over not adapting, as shares: estimated, never measured.

    Parameters
    ----------
    low, high : the estimate and how far such estimates were off on the benchmark; None where the class mix
        was given, for which that was not looked at.
    changed : the share of rows that are answered otherwise.
    """

    value: float
    low: float | None
    high: float | None
    changed: float


BENCHMARK = Benchmark(
    tasks=93,
    adapted=62,
    low=-2.5,
    high=3.9,
    harmed=7,
    mix_mean=5.8,
    mix_worst=-1.2,
    measured="2026-11-21",
)


def estimated_gain(delivered: np.ndarray, source_only: np.ndarray, known: Benchmark | None) -> GainEstimate:
    """Return what changing the answers is worth if the delivered probabilities (rows, classes) mean what they say.

    Where both answer alike nothing is gained. Where they differ, it is the probability of the new answer
    less that of the old one, so that it is never below zero; the benchmark says how much that flatters.

    Parameters
    ----------
    source_only : probabilities of the source's own head for the same rows.
    known : how far such estimates were off; None where it is not known.
    """
    rows, new, old = np.arange(len(delivered)), delivered.argmax(axis=1), source_only.argmax(axis=1)
    value = float(np.mean(delivered[rows, new] - delivered[rows, old]))
    changed = float(np.mean(new != old))
    if known is None:
        return GainEstimate(value, None, None, changed)
    return GainEstimate(value, value + known.low / 100, value + known.high / 100, changed)
