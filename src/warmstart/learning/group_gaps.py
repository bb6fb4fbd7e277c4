"""Gaps between groups: signed, each group against the rest, and which of them chance does not explain.

The largest value minus the smallest is above zero by construction. What is tested here is every group
against all other rows, by permuting who belongs to which group, with the distribution of the largest
gap of all as the yardstick (Westfall and Young, 1993), so that many groups make no false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from warmstart.core.evidence import Predictions
from warmstart.errors import NotApplicable
from warmstart.learning.group_counts import Counts, counter, enough, measures, measures_at_shares, sides, stacked
from warmstart.learning.groups import Groups
from warmstart.learning.intervals import POWER, Resampling

PERMUTATIONS = 1000
DRAWS = 1000
LEVEL = 0.05
MATERIAL = 0.01
"""A gap must exceed another by more than a point: a slightly less accurate model has slightly smaller gaps."""
TINY = 1e-12


@dataclass(frozen=True)
class Measured:
    """What one model does within every judged group, and in the rest: (groups, measures).

    The measures are the metric, the recall of every class (1 minus its error rate), and overconfidence:
    the mean probability of its answers minus the share of them that is right. A recall is not a number
    where the group or the rest has too few rows of the class.

    Parameters
    ----------
    matched : inside minus outside, at equal class shares: a model may err more on a class that a group
        has more of, and that is no matter of the group.
    inside_draws, gap_draws, matched_draws : on bootstrap draws of the rows (draws, groups, measures); not a
        number where the group or the rest has no row in a draw.
    inside_stretch, gap_stretch : how much farther than by the draws ends of intervals are (groups,); not a number
        where the rows are of too few units to tell.
    """

    inside: np.ndarray
    outside: np.ndarray
    matched: np.ndarray
    inside_draws: np.ndarray
    gap_draws: np.ndarray
    matched_draws: np.ndarray
    inside_stretch: np.ndarray
    gap_stretch: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """Inside minus outside."""
        return self.inside - self.outside


@dataclass(frozen=True)
class Judged:
    """For every gap (groups, measures) the chance of one as large anywhere, were there none.

    Parameters
    ----------
    p : adjusted for the number of gaps; 1 where one cannot be tested: it has too few rows, or never varies.
    z : the gap in standard deviations of its null distribution.
    detectable : the gap that would be found four times in five.
    """

    p: np.ndarray
    z: np.ndarray
    detectable: np.ndarray


def measured(
    groups: Groups,
    truth: np.ndarray,
    answered: Predictions,
    metric: str,
    resampling: Resampling,
    *,
    stretch: float = 1.0,
) -> Measured:
    """Return a model's measures in every group, with bootstrap draws that are the same for every model.

    Parameters
    ----------
    stretch : how much longer than plain ones intervals must be, whatever the rows belong to.
    """
    everything = np.arange(len(truth))
    count = counter(groups, truth, answered)
    whole = count(groups.pattern, everything)
    tested = enough(groups, whole)
    shares = whole.truth.sum(axis=0) * tested[:, 1:-1]

    def of(counts: Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        inside, outside = (measures(side, counts, metric) for side in sides(groups))
        one, two = (measures_at_shares(side, counts, metric, shares) for side in sides(groups))
        return np.where(tested, inside, np.nan), np.where(tested, outside, np.nan), np.where(tested, one - two, np.nan)

    drawn = [of(counts) for counts in stacked(count(groups.pattern[rows], rows) for rows in resampling)]
    inside, outside, matched = (np.concatenate(values) for values in zip(*drawn, strict=True))
    one, two = (_stretches(side[:, groups.pattern], resampling) for side in (groups.inside, groups.outside))
    ends = stretch * one, stretch * np.maximum(one, two)
    return Measured(*of(whole), inside, inside - outside, matched, *ends)


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
    count = counter(groups, truth, answered)
    everything = np.arange(len(truth))
    whole = count(groups.pattern, everything)
    tested = enough(groups, whole)
    classwise = np.full(tested.shape[1], True)
    classwise[-1], classwise[0] = False, metric != "accuracy"

    def gaps(counts: Counts) -> np.ndarray:
        inside, outside = (measures(side, counts, metric) for side in sides(groups))
        return inside - outside

    def null_gaps(strata: np.ndarray, seed: int) -> np.ndarray:
        moved = shuffled(groups.pattern, strata, units, permutations, seed)
        return np.concatenate([gaps(counts) for counts in stacked(count(one, everything) for one in moved)])

    null = np.where(classwise, null_gaps(truth, seed + 1), null_gaps(np.zeros_like(truth), seed))
    observed = np.where(tested, gaps(whole), np.nan)
    mean, deviation = np.ma.masked_invalid(null).mean(axis=0).filled(np.nan), _deviation(null)
    with np.errstate(invalid="ignore", divide="ignore"):
        varies = tested & (deviation > 0)
        z = np.where(varies, (observed - mean) / deviation, 0.0)
        # A side may be left without a row of a class: such a permutation says nothing of that gap.
        moved = np.where(varies & np.isfinite(null), np.abs((null - mean) / deviation), 0.0)
    largest = moved.max(axis=(1, 2), initial=0.0)
    p = (1 + np.sum(largest[:, None, None] >= np.abs(z) - 1e-9, axis=0)) / (permutations + 1)
    reach = np.quantile(largest, 1 - LEVEL) + stats.norm.ppf(POWER)
    return Judged(np.where(varies, p, 1.0), z, np.where(varies, reach * deviation, np.nan))


def excess(model: Measured, other: Measured) -> np.ndarray:
    """Return one-sided p-values (groups, measures) that a model's gaps exceed another's on identical rows.

    A gap exceeds another if, at equal class shares, it goes further in its own direction by more than `MATERIAL`.
    """
    difference = np.sign(model.gap) * (model.matched - other.matched) - MATERIAL
    return _one_sided(difference, model.matched_draws - other.matched_draws, model.gap_stretch)


def shows(other: Measured, direction: np.ndarray) -> np.ndarray:
    """Return one-sided p-values (groups, measures) that another model has gaps of the same direction."""
    return _one_sided(np.sign(direction) * other.gap, other.gap_draws, other.gap_stretch)


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
        yield from _shuffled_units(pattern, strata, units, draws, rng)
        return
    members = [np.flatnonzero(strata == one) for one in np.unique(strata)]
    for _ in range(draws):
        moved = np.empty_like(pattern)
        for rows in members:
            moved[rows] = pattern[rng.permutation(rows)]
        yield moved


def _shuffled_units(
    pattern: np.ndarray, strata: np.ndarray, units: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield the patterns (rows,) after units of one pattern changed places, and rows within the other units.

    Units change places with those of their stratum; those that lie in several strata, with each other.
    """
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    of_one = _alike(pattern, first, unit)
    pools = np.where(_alike(strata, first, unit), strata[first], -1)
    whole = [np.flatnonzero(of_one & (pools == pool)) for pool in np.unique(pools[of_one])]
    mixed = [np.flatnonzero(unit == one) for one in np.flatnonzero(~of_one)]
    for _ in range(draws):
        taken = np.arange(len(first))
        for pool in whole:
            taken[pool] = rng.permutation(pool)
        source = first[taken][unit]
        for rows in mixed:
            source[rows] = rng.permutation(rows)
        yield pattern[source]


def _alike(values: np.ndarray, first: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return of every unit whether all of its rows have one value (units,)."""
    differs = values[first][unit] != values
    return np.bincount(unit, differs, minlength=len(first)) == 0


def _one_sided(difference: np.ndarray, draws: np.ndarray, stretch: np.ndarray) -> np.ndarray:
    """Return p-values that a difference is above zero, by its bootstrap standard error; 1 where it has none.

    Draws that are all the same have none: they do not show that the difference is certain.
    """
    error = _deviation(draws) * stretch[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stats.norm.sf(difference / error)
    return np.where(error > TINY, p, 1.0)


def _deviation(draws: np.ndarray) -> np.ndarray:
    """Return the standard deviation (groups, measures) over those draws that are numbers, if there are two."""
    found: np.ndarray = np.ma.masked_invalid(draws).std(axis=0, ddof=1).filled(np.nan)
    return found


def _stretches(sides: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Return of the rows of every side (groups, rows) how much longer their intervals must be than by the draws."""
    return np.array([_stretch(rows, resampling) for rows in sides])


def _stretch(rows: np.ndarray, resampling: Resampling) -> float:
    if resampling.groups is None:
        return 1.0
    try:
        return replace(resampling, truth=resampling.truth[rows], groups=resampling.groups[rows]).stretch
    except NotApplicable:
        return math.nan
