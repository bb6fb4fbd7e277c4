"""Intervals: of a share, of a difference, and by bootstrap, by group or within classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from warmstart.learning.clustered import few_groups_stretch, within
from warmstart.learning.level import QUANTILE

DRAWS = 2000
POWER = 0.8
CROSS_FITTED_ROWS = 25


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
    groups : where given, whole groups are drawn instead of rows.
    stratified : draw within classes, as statistics that average over classes need; groups only where every
        one of them is of one class.
    """

    truth: np.ndarray
    groups: np.ndarray | None = None
    stratified: bool = False
    draws: int = DRAWS
    seed: int = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(self.seed)
        order, counts, strata = self._units()
        starts = np.cumsum(counts) - counts
        for _ in range(self.draws):
            drawn = np.concatenate([units[rng.integers(len(units), size=len(units))] for units in strata])
            yield drawn if self.groups is None else order[_runs(starts[drawn], counts[drawn])]

    @property
    def stretch(self) -> float:
        """How much longer intervals from these draws must be: 1, but for groups, of which there may be few.

        Raises
        ------
        NotApplicable : there are too few groups to see how they differ.
        """
        return 1.0 if self.groups is None else few_groups_stretch(self.groups, self._strata())

    def _strata(self) -> np.ndarray:
        """Return the stratum of every row (rows,)."""
        apart = self.stratified and (self.groups is None or within(self.groups, self.truth))
        return self.truth if apart else np.zeros_like(self.truth)

    def _units(self) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Return the rows unit by unit (rows,), how many every unit has (units,), and the units of every stratum."""
        strata, groups = self._strata(), np.arange(len(self.truth)) if self.groups is None else self.groups
        _, first, place, counts = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
        of_units = strata[first]
        return (
            np.argsort(place, kind="stable"),
            counts,
            [np.flatnonzero(of_units == code) for code in np.unique(of_units)],
        )


def _runs(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the numbers from every start on, as many as its count, one run after the other."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum())


def draw(statistic: Callable[[np.ndarray], float], resampling: Iterable[np.ndarray]) -> np.ndarray:
    """Return the statistic on every draw of row numbers, of shape (draws,)."""
    return np.array([statistic(rows) for rows in resampling])


def cross_fitted_stretch(rows: int) -> float:
    """Return how much longer intervals must be where every row was tested by the model of another fold.

    The models were fitted on each other's test rows, so that their errors go together and the test tells
    less than as many rows that one model never saw (Bates, Hastie and Tibshirani, JASA, 2024): the variance
    is larger by a share that falls as one over the rows, here the one that benchmarks/coverage.py needs.

    Parameters
    ----------
    rows : how many rows, or groups of rows, were tested.
    """
    return float(np.sqrt(1 + CROSS_FITTED_ROWS / rows))


def around(value: float, sample: np.ndarray, *, stretch: float = 1.0) -> Interval:
    """Return a value with its bias-corrected percentile interval (Efron 1987, without acceleration).

    Parameters
    ----------
    sample : the statistic on every draw, as `draw` gives it; draws on which it is no number are left out, and
        without any other the ends are none either.
    stretch : how much farther than by the draws its ends are from the value.
    """
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return Interval(value, np.nan, np.nan)
    low, high = (value + stretch * (end - value) for end in _bias_corrected(value, sample))
    return Interval(value, min(low, value), max(high, value))


def proportion(share: float, rows: float, *, stretch: float = 1.0) -> Interval:
    """Return a share (0 to 1) of independent rows with its Wilson interval (Wilson, 1927).

    Parameters
    ----------
    stretch : the rows tell as much as rows / stretch² would.
    """
    count = rows / stretch**2
    weight = QUANTILE**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * share * (1 - share) + weight**2 / 4) / (1 + weight)
    low, high = np.clip([middle - half, middle + half], 0.0, 1.0)
    return Interval(share, min(float(low), share), max(float(high), share))


def difference(first: Interval, second: Interval) -> Interval:
    """Return the first less the second, two values of different rows, from their own intervals.

    (Zou and Donner, Statistics in Medicine, 2008; of Wilson's intervals it is Newcombe's, 1998.)
    """
    value = first.value - second.value
    low = float(np.hypot(first.value - first.low, second.high - second.value))
    high = float(np.hypot(first.high - first.value, second.value - second.low))
    return Interval(value, value - low, value + high)


def no_surer_than(found: Interval, other: Interval) -> Interval:
    """Return an interval whose ends are at least as far from its value as those of another, if any, are from theirs."""
    low = np.minimum(found.low, found.value - (other.value - other.low))
    return Interval(found.value, float(low), float(np.maximum(found.high, found.value + (other.high - other.value))))


def within_reach(found: Interval, least: float, most: float) -> Interval:
    """Return an interval that ends where values do."""
    return Interval(found.value, max(found.low, least), min(found.high, most))


def detectable(error: float) -> float:
    """Return the smallest mean difference that a test with this standard error finds with 80 % power."""
    return float((QUANTILE + stats.norm.ppf(POWER)) * error)


def _bias_corrected(value: float, sample: np.ndarray) -> tuple[float, float]:
    below = (np.sum(sample < value) + 0.5 * np.sum(sample == value)) / len(sample)
    shift = stats.norm.ppf(np.clip(below, 1e-3, 1 - 1e-3))
    ends = stats.norm.cdf([2 * shift - QUANTILE, 2 * shift + QUANTILE])
    low, high = np.quantile(sample, ends)
    return float(low), float(high)
