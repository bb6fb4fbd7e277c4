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
    harmed : in how many the true gain was below −0.5 point.
    measured : when.
    """

    tasks: int
    adapted: int
    low: float
    high: float
    harmed: int
    measured: str


@dataclass(frozen=True)
class GainEstimate:
    """The gain of what is delivered over not adapting, as shares: estimated, never measured.

    Parameters
    ----------
    low, high : the estimate and how far such estimates were off on the benchmark.
    changed : the share of rows that are answered otherwise.
    """

    value: float
    low: float
    high: float
    changed: float


BENCHMARK = Benchmark(tasks=93, adapted=63, low=-4.0, high=6.0, harmed=8, measured="2026-11-21")


def estimated_gain(delivered: np.ndarray, source_only: np.ndarray, known: Benchmark) -> GainEstimate:
    """Return what changing the answers is worth if the delivered probabilities (rows, classes) mean what they say.

    Where both answer alike nothing is gained. Where they differ, it is the probability of the new answer
    less that of the old one, so that it is never below zero; the benchmark says how much that flatters.

    Parameters
    ----------
    source_only : probabilities of the source's own head for the same rows.
    """
    rows, new, old = np.arange(len(delivered)), delivered.argmax(axis=1), source_only.argmax(axis=1)
    value = float(np.mean(delivered[rows, new] - delivered[rows, old]))
    changed = float(np.mean(new != old))
    return GainEstimate(value, value + known.low / 100, value + known.high / 100, changed)
