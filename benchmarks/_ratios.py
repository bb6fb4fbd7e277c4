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


def share(right: Sequence[bool] | np.ndarray) -> str:
    """Return a share of right answers in percent with its Wilson interval."""
    total, count = len(right), int(np.sum(right))
    found = stats.binomtest(count, total).proportion_ci(LEVEL, method="wilson")
    return f"{100 * count / total:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def points_between(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Return the difference of two accuracies on the same rows in points, with its paired interval.

    Parameters
    ----------
    ours, theirs : whether each row was answered rightly (rows,).
    """
    apart = ours.astype(float) - theirs.astype(float)
    half = 100 * stats.norm.ppf(0.5 + LEVEL / 2) * apart.std(ddof=1) / math.sqrt(len(apart))
    mean = 100 * apart.mean()
    return f"{mean:+.1f} points ({mean - half:+.1f} to {mean + half:+.1f})"
