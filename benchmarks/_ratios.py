"""How many times one side takes of what another takes, with an interval from the repeats."""

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


def percent(right: np.ndarray) -> str:
    """Return an accuracy in percent with its 95 % interval.

    Parameters
    ----------
    right : whether, or how often over several seeds, each row was answered rightly (rows,).
    """
    mean, half = _mean(right)
    return f"{mean:.1f} % ({max(mean - half, 0):.1f} to {min(mean + half, 100):.1f})"


def points_between(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Return the difference of two accuracies on the same rows in points, with its paired 95 % interval."""
    mean, half = _mean(np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float))
    return f"{mean:+.1f} ({mean - half:+.1f} to {mean + half:+.1f})"


def _mean(values: np.ndarray) -> tuple[float, float]:
    """Return the mean over rows in percent, and half of its interval's width."""
    half = stats.norm.ppf(0.5 + LEVEL / 2) * np.std(values, ddof=1) / math.sqrt(len(values))
    return 100 * float(np.mean(values)), 100 * float(half)
