"""Ratios, accuracies and means, each with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Ratio:
    """A ratio and its 95 % interval; `low` and `high` are None where one round tells no spread."""

    value: float
    low: float | None
    high: float | None
    rounds: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.2f}× (one round)"
        return f"{self.value:.2f}× ({self.low:.2f} to {self.high:.2f})"


def ratio_of(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """Return the geometric mean of the rounds' ratios, and the t-interval of the mean of their logarithms.

    The two sides of a round ran one after the other, so that what slows the machine for a while slows both.
    Rounds that only one of them took part in are left out.

    Parameters
    ----------
    over, under : positive values, by round.
    """
    rounds = min(len(over), len(under))
    logs = np.log(np.asarray(over[:rounds])) - np.log(np.asarray(under[:rounds]))
    value = math.exp(logs.mean())
    if rounds < 2:
        return Ratio(value, None, None, rounds)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, rounds - 1) * logs.std(ddof=1) / math.sqrt(rounds))
    return Ratio(value, value * math.exp(-half), value * math.exp(half), rounds)


def percent(right: np.ndarray, groups: Sequence[str] | None = None) -> str:
    """Return an accuracy in percent with its 95 % interval.

    Parameters
    ----------
    right : whether, or how often over several seeds, each row was answered rightly (rows,).
    groups : what each row belongs to, such as its review; None where every row stands alone.
    """
    mean, half = _mean(right, groups)
    return f"{mean:.1f} % ({max(mean - half, 0):.1f} to {min(mean + half, 100):.1f})"


def points_between(ours: np.ndarray, theirs: np.ndarray, groups: Sequence[str] | None = None) -> str:
    """Return the difference of two accuracies on the same rows in points, with its paired 95 % interval."""
    mean, half = _mean(np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float), groups)
    return f"{mean:+.1f} ({mean - half:+.1f} to {mean + half:+.1f})"


def mean_of(values: Sequence[float] | np.ndarray, *, unit: str, form: str = "+.2f") -> str:
    """Return a mean with its 95 % t-interval.

    Parameters
    ----------
    values : one a unit.
    unit : over what it is a mean: "draw", "seed".
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:{form}} (one {unit})"
    half = float(stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1) * stats.sem(values))
    return f"{mean:{form}} ({mean - half:{form}} to {mean + half:{form}})"


def _mean(values: np.ndarray, groups: Sequence[str] | None) -> tuple[float, float]:
    """Return the mean over rows in percent, and half of its interval's width: by groups where rows belong together."""
    _, place = np.unique(np.arange(len(values)) if groups is None else np.asarray(groups), return_inverse=True)
    sums = np.bincount(place, values - np.mean(values))
    count = len(sums)
    error = math.sqrt(np.sum(sums**2) * count / (count - 1)) / len(values)
    return 100 * float(np.mean(values)), 100 * float(stats.t.ppf(0.5 + LEVEL / 2, count - 1)) * error
