"""What a model gets right, counted by group and class: sums that many draws of rows share, and metrics of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np

from warmstart.core.evidence import Predictions
from warmstart.learning.groups import Groups

FEWEST_OF_CLASS = 10
STACKED = 100


@dataclass(frozen=True)
class Counts:
    """Right answers, rows, answers and summed surplus of probability (…, patterns, classes), by pattern and class."""

    right: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    surplus: np.ndarray


def sides(groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """Return which patterns are inside each group, and which in its rest (groups, patterns), as factors."""
    return groups.inside.astype(np.float64), groups.outside.astype(np.float64)


def counter(groups: Groups, truth: np.ndarray, answered: Predictions) -> Callable[[np.ndarray, np.ndarray], Counts]:
    """Return a function that counts some rows by the patterns that they are given."""
    patterns, classes = groups.inside.shape[1], answered.proba.shape[1]
    codes = answered.codes
    right = (codes == truth).astype(np.float64)
    surplus = answered.proba[np.arange(len(truth)), codes] - right

    def table(keys: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(keys, weights, patterns * classes).reshape(patterns, classes)

    def count(pattern: np.ndarray, rows: np.ndarray) -> Counts:
        keys = pattern * classes + truth[rows]
        return Counts(
            right=table(keys, right[rows]),
            truth=table(keys),
            said=table(pattern * classes + codes[rows]),
            surplus=table(keys, surplus[rows]),
        )

    return count


def stacked(counted: Iterable[Counts]) -> Iterator[Counts]:
    """Yield counts stacked, `STACKED` at a time: arithmetic on many at once, and bounded memory."""
    source = iter(counted)
    while stack := list(islice(source, STACKED)):
        yield Counts(*(np.stack([getattr(one, field.name) for one in stack]) for field in fields(Counts)))


def enough(groups: Groups, whole: Counts) -> np.ndarray:
    """Return which measures can be compared (groups, measures): recalls need rows of their class on both sides."""
    recalls = np.min([side @ whole.truth for side in sides(groups)], axis=0) >= FEWEST_OF_CLASS
    always = np.ones((len(groups.judged), 1), dtype=bool)
    return np.hstack([always, recalls, always])


def measures(side: np.ndarray, counts: Counts, metric: str) -> np.ndarray:
    """Return the measures (…, groups, measures) of the patterns on one side (groups, patterns)."""
    right, truth, said = side @ counts.right, side @ counts.truth, side @ counts.said
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = right / truth
        surplus = (side @ counts.surplus).sum(axis=-1) / truth.sum(axis=-1)
        headline = COUNTED[metric](right, truth, said)
    return np.concatenate([headline[..., None], recall, surplus[..., None]], axis=-1)


def measures_at_shares(side: np.ndarray, counts: Counts, metric: str, shares: np.ndarray) -> np.ndarray:
    """Return the measures as they would be if the classes had these shares (groups, classes) in every group."""
    found = measures(side, counts, metric)
    truth = side @ counts.truth
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(shares > 0, shares / (truth * shares.sum(axis=1, keepdims=True)), 0.0)
        if metric == "accuracy":
            found[..., 0] = (weights * (side @ counts.right)).sum(axis=-1)
        found[..., -1] = (weights * (side @ counts.surplus)).sum(axis=-1)
    return np.where(shares.any(axis=1, keepdims=True), found, np.nan)


def _accuracy(right: np.ndarray, truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    return np.asarray(right.sum(axis=-1) / truth.sum(axis=-1))


def _balanced_accuracy(right: np.ndarray, truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    there = truth > 0
    return np.asarray(np.where(there, right / truth, 0.0).sum(axis=-1) / there.sum(axis=-1))


def _macro_f1(right: np.ndarray, truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    there = truth + said > 0
    return np.asarray(np.where(there, 2 * right / (truth + said), 0.0).sum(axis=-1) / there.sum(axis=-1))


COUNTED: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "macro_f1": _macro_f1,
}
"""The metrics of `warmstart.learning.metrics`, from counts by class (…, classes) instead of rows."""
