"""What a model loses when it is replaced by another that answers almost alike, and at most how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from warmstart.errors import NotApplicable
from warmstart.learning.intervals import Resampling, draw
from warmstart.learning.metrics import METRICS

LEVEL = 0.95


@dataclass(frozen=True)
class PairedLoss:
    """The metric of the one minus that of the other, and the upper end of its one-sided 95 % interval, as shares."""

    value: float
    high: float


def paired_loss(
    metric: str, truth: np.ndarray, before: np.ndarray, after: np.ndarray, groups: np.ndarray | None = None
) -> PairedLoss:
    """Return what the second model loses to the first on identical rows.

    The bound is the larger of a bootstrap's, which minds groups and macro metrics, and that of an
    adjusted Wald interval for paired proportions (Bonett & Price, 2012): where hardly a row differs,
    every draw is alike, and the bootstrap would be surer than that many rows can make it. Both are farther off where
    groups are few; where they are too few to tell how they differ, it may lose anything.

    Parameters
    ----------
    truth, before, after : true codes, and what the two models answer, each (rows,).
    groups : rows that are drawn together.
    """
    measure = METRICS[metric]

    def loss(rows: np.ndarray) -> float:
        return measure(truth[rows], before[rows]) - measure(truth[rows], after[rows])

    value = loss(np.arange(len(truth)))
    draws = Resampling(truth, groups, stratified=metric != "accuracy")
    try:
        stretch = draws.stretch
    except NotApplicable:
        return PairedLoss(value, 1.0)
    drawn = value + stretch * (float(np.quantile(draw(loss, draws), LEVEL)) - value)
    lost = int(np.sum((before == truth) & (after != truth)))
    won = int(np.sum((before != truth) & (after == truth)))
    alone = adjusted_bound(*(count / stretch**2 for count in (lost, won, len(truth))))
    return PairedLoss(value, max(drawn, alone))


def adjusted_bound(lost: float, won: float, rows: float) -> float:
    """Return the upper end of the one-sided 95 % interval of (lost - won) / rows (Bonett & Price, 2012)."""
    one, other = (lost + 1) / (rows + 2), (won + 1) / (rows + 2)
    spread = np.sqrt((one + other - (one - other) ** 2) / (rows + 2))
    return float(one - other + stats.norm.ppf(LEVEL) * spread)


def fewest_rows(limit: float) -> int:
    """Return on how many rows the bound is below a limit (a share) where not one answer differs.

    >>> fewest_rows(0.005)
    464
    """
    return int(np.floor(stats.norm.ppf(LEVEL) * np.sqrt(2) / limit)) - 1
