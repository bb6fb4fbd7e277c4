"""The share of right answers, over all rows or as the mean over classes, of one model or of two on the same rows.

Ends of intervals are where the score test begins to reject: shares that are 0 or 1, or two models that
agree on every row, are not certain, as they would be if rows were drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from warmstart.learning.clustered import design_stretch
from warmstart.learning.intervals import Interval, proportion
from warmstart.learning.level import QUANTILE

_TINY = 1e-12


def strata_of(metric: str, truth: np.ndarray) -> np.ndarray:
    """Return within what rows (rows,) a metric takes its shares: all of them for accuracy, else their classes."""
    return np.zeros_like(truth) if metric == "accuracy" else truth


def hit_rate(
    hits: np.ndarray, strata: np.ndarray, groups: np.ndarray | None = None, *, stretch: float = 1.0
) -> Interval:
    """Return the mean over strata of the share of hits, with its interval: of one stratum it is Wilson's (1927).

    Parameters
    ----------
    hits : whether each row was answered rightly (rows,).
    strata : codes (rows,); with the classes it is balanced accuracy, with one stratum accuracy.
    groups : rows that belong together (rows,), or None.
    stretch : the rows tell as much as rows / stretch² would.
    """
    _, place, counts = np.unique(strata, return_inverse=True, return_counts=True)
    rows = counts / (stretch * _design(hits, strata, groups)) ** 2
    shares = np.bincount(place, hits) / counts
    if len(shares) == 1:
        return proportion(float(shares[0]), rows[0])
    return _score_interval(shares, lambda shares: shares * (1 - shares) / rows, least=0.0)


def hit_rate_difference(
    first: np.ndarray,
    second: np.ndarray,
    strata: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    stretch: float = 1.0,
) -> tuple[Interval, float]:
    """Return by how much the hit rate of the first is above the second's on the same rows, and its standard error.

    The interval of one stratum is Tango's (Statistics in Medicine, 1998). The standard error is no smaller
    than the interval says. Parameters are those of `hit_rate`.
    """
    _, place, counts = np.unique(strata, return_inverse=True, return_counts=True)
    gains = first.astype(np.float64) - second
    stretch *= _design(gains, strata, groups)
    gained, lost = (np.bincount(place, gains == sign) / stretch**2 for sign in (1, -1))
    rows = counts / stretch**2
    differences = np.bincount(place, gains) / counts

    def variance(differences: np.ndarray) -> np.ndarray:
        return _variance(gained, lost, rows, differences)

    interval = _score_interval(differences, variance, least=-1.0)
    spread = ((gained + lost) / rows - differences**2) / rows
    error = float(np.sqrt(max(spread.sum(), 0.0))) / len(rows)
    return interval, max(error, (interval.high - interval.low) / 2 / QUANTILE)


def _variance(gained: np.ndarray, lost: np.ndarray, rows: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Return the variance of every stratum's difference if it were this one, by the likeliest discordance."""
    linear = -gained - lost + (2 * rows - gained + lost) * difference
    root = np.sqrt(np.maximum(linear**2 + 8 * rows * lost * difference * (1 - difference), 0.0))
    discordant = (root - linear) / (4 * rows)
    return np.asarray(np.maximum(2 * discordant + difference * (1 - difference), 0.0) / rows)


def _score_interval(
    values: np.ndarray, variance: Callable[[np.ndarray], np.ndarray], *, least: float, most: float = 1.0
) -> Interval:
    """Return the mean of independent values (strata,) and all means that the score test does not reject.

    Tested are means at which every stratum's value is shifted alike, as far as values go: as Yan and Su
    (Statistics in Biopharmaceutical Research, 2010) do for Wilson's, and unlike an interval made of those of
    the strata, which is the longer the fewer rows each has.

    Parameters
    ----------
    variance : of every stratum's value, if true values were these.
    """
    mean = float(values.mean())

    def moved(shift: float) -> np.ndarray:
        return np.clip(values + shift, least, most)

    def beyond(shift: float) -> float:
        error = np.sqrt(max(float(variance(moved(shift)).sum()), _TINY)) / len(values)
        return abs(float(moved(shift).mean()) - mean) / error - QUANTILE

    shifts = [optimize.brentq(beyond, far, 0.0) if beyond(far) > 0 else 0.0 for far in (least - most, most - least)]
    low, high = (float(moved(shift).mean()) for shift in shifts)
    return Interval(mean, min(low, mean), max(high, mean))


def _design(values: np.ndarray, strata: np.ndarray, groups: np.ndarray | None) -> float:
    """Return the root of the design effect of groups on the mean over strata of the mean value."""
    if groups is None:
        return 1.0
    _, place, counts = np.unique(strata, return_inverse=True, return_counts=True)
    means = np.bincount(place, values) / counts
    return design_stretch(1 / counts[place], values - means[place], groups, strata)
