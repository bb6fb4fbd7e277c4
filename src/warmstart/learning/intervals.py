"""Intervals by bootstrap: resampling rows, or groups where rows belong together, or within classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

DRAWS = 2000
LEVEL = 0.95
POWER = 0.8


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return the three numbers by name."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Resampling:
    """The same draws of row numbers, with replacement, every time it is iterated over.

    Draws are made as they are asked for, so that memory is bounded by one of them.

    Parameters
    ----------
    truth : class codes (rows,); with `stratified`, every class keeps its count of rows.
    groups : where given, whole groups are drawn instead of rows, and strata do not apply.
    stratified : draw within classes, as statistics that average over classes need.
    """

    truth: np.ndarray
    groups: np.ndarray | None = None
    stratified: bool = False
    draws: int = DRAWS
    seed: int = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(self.seed)
        if self.groups is None:
            strata = self._strata()
            for _ in range(self.draws):
                yield np.concatenate([rows[rng.integers(len(rows), size=len(rows))] for rows in strata])
        else:
            _, place, counts = np.unique(self.groups, return_inverse=True, return_counts=True)
            members = np.split(np.argsort(place, kind="stable"), np.cumsum(counts)[:-1])
            for _ in range(self.draws):
                yield np.concatenate([members[place] for place in rng.integers(len(members), size=len(members))])

    def _strata(self) -> list[np.ndarray]:
        if not self.stratified:
            return [np.arange(len(self.truth))]
        return [np.flatnonzero(self.truth == code) for code in np.unique(self.truth)]


def draw(statistic: Callable[[np.ndarray], float], resampling: Iterable[np.ndarray]) -> np.ndarray:
    """Return the statistic on every draw of row numbers, of shape (draws,)."""
    return np.array([statistic(rows) for rows in resampling])


def around(value: float, sample: np.ndarray) -> Interval:
    """Return a value with its bias-corrected percentile interval (Efron 1987, without acceleration).

    Parameters
    ----------
    sample : the statistic on every draw, as `draw` gives it.
    """
    low, high = _bias_corrected(value, sample)
    return Interval(value, min(low, value), max(high, value))


def proportion(share: float, rows: int) -> Interval:
    """Return a share (0 to 1) of independent rows with its Wilson interval (Wilson, 1927)."""
    interval = stats.binomtest(round(share * rows), rows).proportion_ci(LEVEL, method="wilson")
    return Interval(share, min(float(interval.low), share), max(float(interval.high), share))


def detectable(differences: np.ndarray) -> float:
    """Return the smallest mean difference that a test on these rows finds with 80 % power.

    Parameters
    ----------
    differences : bootstrap draws of the paired difference, whose spread is the standard error.
    """
    quantiles = stats.norm.ppf(1 - (1 - LEVEL) / 2) + stats.norm.ppf(POWER)
    return float(quantiles * differences.std(ddof=1))


def _bias_corrected(value: float, sample: np.ndarray) -> tuple[float, float]:
    below = (np.sum(sample < value) + 0.5 * np.sum(sample == value)) / len(sample)
    shift = stats.norm.ppf(np.clip(below, 1e-3, 1 - 1e-3))
    tail = stats.norm.ppf((1 - LEVEL) / 2)
    ends = stats.norm.cdf([2 * shift + tail, 2 * shift - tail])
    low, high = np.quantile(sample, ends)
    return float(low), float(high)
