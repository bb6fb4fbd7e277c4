"""Gaps between groups: signed, each group against the rest, and which of them chance does not explain.

The largest value minus the smallest is above zero by construction. What is tested here is every group
against all other rows, by permuting who belongs to which group, with the distribution of the largest
gap of all as the yardstick (Westfall and Young, 1993), so that many groups make no false alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
from scipy import stats

from warmstart.core.evidence import Predictions
from warmstart.learning.groups import Groups
from warmstart.learning.intervals import POWER, Resampling

PERMUTATIONS = 1000
DRAWS = 1000
LEVEL = 0.05
FEWEST_OF_CLASS = 10
STACKED = 100
MATERIAL = 0.01
"""A gap must exceed another by more than a point: a slightly less accurate model has slightly smaller gaps."""


@dataclass(frozen=True)
class Measured:
    """What one model does within every judged group, and in the rest: (groups, measures).

    The measures are the metric, the recall of every class (1 minus its error rate), and overconfidence:
    the mean probability of its answers minus the share of them that is right. A recall is not a number
    where the group or the rest has fewer than `FEWEST_OF_CLASS` rows of the class.

    Parameters
    ----------
    matched : inside minus outside, at equal class shares: a model may err more on a class that a group
        has more of, and that is no matter of the group.
    inside_draws, gap_draws, matched_draws : on bootstrap draws of the rows (draws, groups, measures).
    """

    inside: np.ndarray
    outside: np.ndarray
    matched: np.ndarray
    inside_draws: np.ndarray
    gap_draws: np.ndarray
    matched_draws: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """Inside minus outside."""
        return self.inside - self.outside


@dataclass(frozen=True)
class Judged:
    """For every gap (groups, measures) the chance of one as large anywhere, were there none.

    Parameters
    ----------
    p : adjusted for the number of gaps; 1 where one cannot be tested.
    z : the gap in standard deviations of its null distribution.
    detectable : the gap that would be found four times in five.
    """

    p: np.ndarray
    z: np.ndarray
    detectable: np.ndarray


@dataclass(frozen=True)
class _Counts:
    """Right answers, rows, answers and summed surplus of probability (…, patterns, classes), by pattern and class."""

    right: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    surplus: np.ndarray


def measured(groups: Groups, truth: np.ndarray, answered: Predictions, metric: str, resampling: Resampling) -> Measured:
    """Return a model's measures in every group, with bootstrap draws that are the same for every model."""
    everything = np.arange(len(truth))
    count = _counter(groups, truth, answered)
    whole = count(groups.pattern, everything)
    tested = _enough(groups, whole)
    shares = whole.truth.sum(axis=0) * tested[:, 1:-1]

    def sides(counts: _Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        inside, outside = (_measures(side, counts, metric) for side in _sides(groups))
        one, two = (_at_shares(side, counts, metric, shares) for side in _sides(groups))
        return np.where(tested, inside, np.nan), np.where(tested, outside, np.nan), np.where(tested, one - two, np.nan)

    drawn = [sides(counts) for counts in _together(count(groups.pattern[rows], rows) for rows in resampling)]
    inside, outside, matched = (np.concatenate(values) for values in zip(*drawn, strict=True))
    return Measured(*sides(whole), inside, inside - outside, matched)


def judge(
    groups: Groups,
    truth: np.ndarray,
    answered: Predictions,
    metric: str,
    *,
    units: np.ndarray | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Judged:
    """Return how surprising every gap is.

    Rows change groups within their class for recalls and class-averaged metrics, so that groups of
    different class shares are no alarm there, and freely for accuracy and overconfidence. The two are
    drawn apart; taking the largest over both is on the safe side (Šidák, 1967).

    Parameters
    ----------
    units : rows that belong together (rows,): they change groups together where they share one, else
        only among themselves.
    """
    count = _counter(groups, truth, answered)
    everything = np.arange(len(truth))
    whole = count(groups.pattern, everything)
    tested = _enough(groups, whole)
    classwise = np.full(tested.shape[1], True)
    classwise[-1], classwise[0] = False, metric != "accuracy"

    def gaps(counts: _Counts) -> np.ndarray:
        inside, outside = (_measures(side, counts, metric) for side in _sides(groups))
        return inside - outside

    def null_gaps(strata: np.ndarray, seed: int) -> np.ndarray:
        moved = shuffled(groups.pattern, strata, units, permutations, seed)
        return np.concatenate([gaps(counts) for counts in _together(count(one, everything) for one in moved)])

    null = np.where(classwise, null_gaps(truth, seed + 1), null_gaps(np.zeros_like(truth), seed))
    observed = np.where(tested, gaps(whole), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, deviation = null.mean(axis=0), null.std(axis=0, ddof=1)
        varies = tested & (deviation > 0)
        z = np.where(varies, (observed - mean) / deviation, 0.0)
        largest = np.where(varies, np.abs((null - mean) / deviation), 0.0).max(axis=(1, 2), initial=0.0)
    p = (1 + np.sum(largest[:, None, None] >= np.abs(z) - 1e-9, axis=0)) / (permutations + 1)
    reach = np.quantile(largest, 1 - LEVEL) + stats.norm.ppf(POWER)
    return Judged(np.where(varies, p, 1.0), z, np.where(varies, reach * deviation, np.nan))


def excess(model: Measured, other: Measured) -> np.ndarray:
    """Return one-sided p-values (groups, measures) that a model's gaps exceed another's on identical rows.

    A gap exceeds another if, at equal class shares, it goes further in its own direction by more than `MATERIAL`.
    """
    difference = np.sign(model.gap) * (model.matched - other.matched) - MATERIAL
    return _one_sided(difference, model.matched_draws - other.matched_draws)


def shows(other: Measured, direction: np.ndarray) -> np.ndarray:
    """Return whether another model has gaps of the same direction beyond chance (groups, measures)."""
    return _one_sided(np.sign(direction) * other.gap, other.gap_draws) <= LEVEL


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values adjusted for their number (Holm, 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def shuffled(
    pattern: np.ndarray, strata: np.ndarray, units: np.ndarray | None, draws: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield the patterns (rows,) after rows changed places within strata; units, where given, take their place."""
    rng = np.random.default_rng(seed)
    if units is not None:
        _, first, unit = np.unique(units, return_index=True, return_inverse=True)
        if np.array_equal(pattern[first][unit], pattern):
            for _ in range(draws):
                yield pattern[first][rng.permutation(len(first))][unit]
            return
        strata = unit
    members = [np.flatnonzero(strata == one) for one in np.unique(strata)]
    for _ in range(draws):
        moved = np.empty_like(pattern)
        for rows in members:
            moved[rows] = pattern[rng.permutation(rows)]
        yield moved


def _one_sided(difference: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return p-values that a difference is above zero, by its bootstrap standard error; 1 where it has none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stats.norm.sf(difference / draws.std(axis=0, ddof=1))
    return np.where(np.isnan(p), 1.0, p)


def _sides(groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    return groups.inside.astype(np.float64), groups.outside.astype(np.float64)


def _counter(groups: Groups, truth: np.ndarray, answered: Predictions) -> Callable[[np.ndarray, np.ndarray], _Counts]:
    """Return a function that counts some rows by the patterns that they are given."""
    patterns, classes = groups.inside.shape[1], answered.proba.shape[1]
    codes = answered.codes
    right = (codes == truth).astype(np.float64)
    surplus = answered.proba[np.arange(len(truth)), codes] - right

    def table(keys: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(keys, weights, patterns * classes).reshape(patterns, classes)

    def count(pattern: np.ndarray, rows: np.ndarray) -> _Counts:
        keys = pattern * classes + truth[rows]
        return _Counts(
            right=table(keys, right[rows]),
            truth=table(keys),
            said=table(pattern * classes + codes[rows]),
            surplus=table(keys, surplus[rows]),
        )

    return count


def _together(counted: Iterable[_Counts]) -> Iterator[_Counts]:
    """Yield counts stacked, `STACKED` at a time: arithmetic on many at once, and bounded memory."""
    source = iter(counted)
    while stack := list(islice(source, STACKED)):
        yield _Counts(*(np.stack([getattr(one, field.name) for one in stack]) for field in fields(_Counts)))


def _enough(groups: Groups, whole: _Counts) -> np.ndarray:
    """Return which measures can be compared (groups, measures): recalls need rows of their class on both sides."""
    recalls = np.min([side @ whole.truth for side in _sides(groups)], axis=0) >= FEWEST_OF_CLASS
    always = np.ones((len(groups.judged), 1), dtype=bool)
    return np.hstack([always, recalls, always])


def _measures(side: np.ndarray, counts: _Counts, metric: str) -> np.ndarray:
    """Return the measures (…, groups, measures) of the patterns on one side (groups, patterns)."""
    right, truth, said = side @ counts.right, side @ counts.truth, side @ counts.said
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = right / truth
        surplus = (side @ counts.surplus).sum(axis=-1) / truth.sum(axis=-1)
        headline = COUNTED[metric](right, truth, said)
    return np.concatenate([headline[..., None], recall, surplus[..., None]], axis=-1)


def _at_shares(side: np.ndarray, counts: _Counts, metric: str, shares: np.ndarray) -> np.ndarray:
    """Return the measures as they would be if the classes had these shares (groups, classes) in every group."""
    found = _measures(side, counts, metric)
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
