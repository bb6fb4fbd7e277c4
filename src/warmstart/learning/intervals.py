"""Intervals: from the score test for shares of independent rows, else by bootstrap, by group or within classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

DRAWS = 2000
LEVEL = 0.95
POWER = 0.8
CROSS_FITTED_ROWS = 25
_QUANTILE = float(stats.norm.ppf(1 - (1 - LEVEL) / 2))
_TINY = 1e-12


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
    sample : the statistic on every draw, as `draw` gives it.
    stretch : how much farther than by the draws its ends are from the value.
    """
    low, high = (value + stretch * (end - value) for end in _bias_corrected(value, sample))
    return Interval(value, min(low, value), max(high, value))


def proportion(share: float, rows: int, *, stretch: float = 1.0) -> Interval:
    """Return a share (0 to 1) of independent rows with its Wilson interval (Wilson, 1927).

    Parameters
    ----------
    stretch : the rows tell as much as rows / stretch² would.
    """
    count = rows / stretch**2
    weight = _QUANTILE**2 / count
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


def paired_proportions(first: np.ndarray, second: np.ndarray, *, stretch: float = 1.0) -> tuple[Interval, float]:
    """Return the difference of two shares of right answers on the same independent rows, and its standard error.

    The interval holds every difference that the score test does not reject (Tango, Statistics in
    Medicine, 1998): unlike a bootstrap it covers as promised where few rows tell the two apart, and
    none is not certainty.

    Parameters
    ----------
    first, second : whether each row was answered rightly (rows,); the difference is first minus second.
    stretch : the rows tell as much as rows / stretch² would.
    """
    rows, gained, lost = (count / stretch**2 for count in (len(first), *_discordant(first, second)))
    value = float(np.mean(first)) - float(np.mean(second))
    error = float(np.sqrt(max((gained + lost) / rows - value**2, 0.0) / rows))

    def beyond(difference: float, side: float) -> float:
        return side * _score(gained, lost, rows, difference) - _QUANTILE

    low = value if value == -1 else optimize.brentq(beyond, -1, value, args=(1.0,))
    high = value if value == 1 else optimize.brentq(beyond, value, 1, args=(-1.0,))
    return Interval(value, min(low, value), max(high, value)), error


def _discordant(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """Return how many rows only the first has right, and only the second."""
    return int(np.sum(first & ~second)), int(np.sum(second & ~first))


def _score(gained: float, lost: float, rows: float, difference: float) -> float:
    """Return Tango's score statistic of a difference of paired shares."""
    linear = -gained - lost + (2 * rows - gained + lost) * difference
    root = np.sqrt(max(linear**2 + 8 * rows * lost * difference * (1 - difference), 0.0))
    discordant = (root - linear) / (4 * rows)
    variance = rows * (2 * discordant + difference * (1 - difference))
    return float((gained - lost - rows * difference) / np.sqrt(max(variance, _TINY)))


def detectable(error: float) -> float:
    """Return the smallest mean difference that a test with this standard error finds with 80 % power."""
    return float((_QUANTILE + stats.norm.ppf(POWER)) * error)


def _bias_corrected(value: float, sample: np.ndarray) -> tuple[float, float]:
    below = (np.sum(sample < value) + 0.5 * np.sum(sample == value)) / len(sample)
    shift = stats.norm.ppf(np.clip(below, 1e-3, 1 - 1e-3))
    tail = stats.norm.ppf((1 - LEVEL) / 2)
    ends = stats.norm.cdf([2 * shift + tail, 2 * shift - tail])
    low, high = np.quantile(sample, ends)
    return float(low), float(high)
