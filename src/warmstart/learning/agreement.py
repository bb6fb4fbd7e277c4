"""How well groups found without labels match labels, and how much better one grouping does than another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from warmstart.learning.intervals import DRAWS, Interval, Resampling, around


@dataclass(frozen=True)
class Agreement:
    """Agreement of a grouping with labels: adjusted Rand index and normalised mutual information.

    Parameters
    ----------
    rand : Hubert and Arabie (1985): 1 for the same groups, 0 on average by chance.
    information : normalised by the mean of both entropies, 0 to 1; grows with the number of groups by chance, and
        with copies of rows in every draw of them, so that draws give it no interval.
    """

    rand: Interval
    information: float


@dataclass(frozen=True)
class Compared:
    """Groupings of the same rows against the labels, by name, and how far the first is above each of the others.

    Parameters
    ----------
    agreements : by the name of the grouping.
    differences : adjusted Rand index of the first grouping minus another's, paired, by the other's name.
    """

    agreements: Mapping[str, Agreement]
    differences: Mapping[str, Interval]


def compare(labels: np.ndarray, groupings: Mapping[str, np.ndarray], *, draws: int = DRAWS, seed: int = 0) -> Compared:
    """Compare groupings with labels by a bootstrap over rows, the same draws for all.

    Parameters
    ----------
    labels : codes (rows,) from 0.
    groupings : group codes (rows,) from 0, by name; the first is held against the others.
    """
    tables = [_Cells.of(labels, groups) for groups in groupings.values()]
    once = np.ones(len(labels))
    found = [table.rand(once) for table in tables]
    drawn = np.array(
        [
            [table.rand(weights) for table in tables]
            for rows in Resampling(labels, draws=draws, seed=seed)
            for weights in [np.bincount(rows, minlength=len(labels)).astype(np.float64)]
        ]
    )
    names = list(groupings)
    agreements = {
        name: Agreement(around(found[place], drawn[:, place]), tables[place].information(once))
        for place, name in enumerate(names)
    }
    differences = {
        name: around(found[0] - found[place], drawn[:, 0] - drawn[:, place])
        for place, name in enumerate(names)
        if place
    }
    return Compared(agreements, differences)


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index of two groupings, codes (rows,) from 0 each.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    return _Cells.of(one, other).rand(np.ones(len(one)))


@dataclass(frozen=True)
class _Cells:
    """Which cell of the table labels × groups every row is in, and the table's shape."""

    cell: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(cls, labels: np.ndarray, groups: np.ndarray) -> _Cells:
        shape = (int(labels.max()) + 1, int(groups.max()) + 1)
        return cls(labels * shape[1] + groups, shape)

    def rand(self, weights: np.ndarray) -> float:
        """Return the adjusted Rand index where every row counts as often as its weight says."""
        return _rand(self._counts(weights), float(_pairs(weights)))

    def information(self, weights: np.ndarray) -> float:
        """Return the normalised mutual information in the same way."""
        return _information(self._counts(weights))

    def _counts(self, weights: np.ndarray) -> np.ndarray:
        return np.bincount(self.cell, weights, minlength=self.shape[0] * self.shape[1]).reshape(self.shape)


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1)).sum() / 2)


def _rand(counts: np.ndarray, copies: float) -> float:
    """Return the adjusted Rand index; pairs of a row with its own copy agree by themselves and do not count."""
    both, all_pairs = _pairs(counts) - copies, _pairs(counts.sum(keepdims=True)) - copies
    one, other = _pairs(counts.sum(axis=1)) - copies, _pairs(counts.sum(axis=0)) - copies
    chance = one * other / all_pairs if all_pairs else 0.0
    most = (one + other) / 2
    return (both - chance) / (most - chance) if most > chance else 1.0


def _information(counts: np.ndarray) -> float:
    """Return mutual information over the mean entropy; 1 where both have one group."""
    shares = counts / counts.sum()
    one, other, both = (_entropy(values) for values in (shares.sum(axis=1), shares.sum(axis=0), shares))
    mean = (one + other) / 2
    return (one + other - both) / mean if mean > 0 else 1.0


def _entropy(shares: np.ndarray) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())
