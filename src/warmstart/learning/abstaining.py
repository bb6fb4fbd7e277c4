"""When to answer and when to abstain: a threshold chosen on validation, and what it trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.evidence import Predictions

FEWEST_ANSWERED = 30
MOST_POINTS = 50


@dataclass(frozen=True)
class Traded:
    """Answering only the surest rows: the share that is answered, and the share of those that is wrong."""

    coverage: float
    error: float


def sureness(answered: Predictions) -> np.ndarray:
    """Return the probability of every answer (rows,)."""
    return np.asarray(answered.proba[np.arange(len(answered.codes)), answered.codes])


def threshold(truth: np.ndarray, answered: Predictions) -> float:
    """Return the lowest probability at which answers are wrong at most half as often as all are; 0 if none is.

    Parameters
    ----------
    truth : class codes (rows,) of rows that the model was not fitted on.
    """
    sure, wrong = sureness(answered), answered.codes != truth
    if not wrong.any():
        return 0.0
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    enough = np.arange(1, len(order) + 1) >= FEWEST_ANSWERED
    allowed = np.flatnonzero(_last_of_equals(sure[order]) & enough & (share <= wrong.mean() / 2))
    return float(sure[order][allowed[-1]]) if len(allowed) else 0.0


def risk_coverage(truth: np.ndarray, answered: Predictions) -> tuple[Traded, ...]:
    """Return the risk-coverage curve (El-Yaniv and Wiener, JMLR 2010), from few answers to all, at most 50 points.

    Rows that it is equally sure of are answered together, so that their order says nothing.
    """
    sure = sureness(answered)
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(answered.codes[order] != truth[order])
    ends = np.flatnonzero(_last_of_equals(sure[order])) + 1
    ends = ends[ends >= min(FEWEST_ANSWERED, len(order))]
    counts = np.unique(ends[np.searchsorted(ends, np.linspace(ends[0], len(order), MOST_POINTS))])
    return tuple(Traded(int(count) / len(order), float(wrong[count - 1] / count)) for count in counts)


def _last_of_equals(descending: np.ndarray) -> np.ndarray:
    """Return which of sorted values (rows,) are followed by another value, or by none."""
    return np.append(np.diff(descending) != 0, True)
