"""Small tasks drawn from labelled rows, each of a few classes with a few rows of each, and means over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.learning.intervals import Interval
from warmstart.learning.level import QUANTILE

QUERIES = 5
"""Rows a class of a task that are to be told by its examples, which are the others."""


@dataclass(frozen=True)
class Pool:
    """Rows to draw from.

    Parameters
    ----------
    sets : per labelled set, the row numbers of each of its classes.
    """

    sets: tuple[tuple[np.ndarray, ...], ...]

    def ways(self, most: int) -> int:
        """Return how many classes a task can have, at most `most`; 0 where no set has two."""
        return max((min(most, len(classes)) for classes in self.sets), default=0)

    def widest(self, ways: int) -> Pool:
        """Return the sets that have so many classes."""
        return Pool(tuple(classes for classes in self.sets if len(classes) >= ways))


def pool_of(rows: np.ndarray, sets: np.ndarray, codes: np.ndarray, *, members: int) -> Pool:
    """Return the classes with at least `members` rows, by the sets that have two such.

    Parameters
    ----------
    rows : the numbers of the rows to draw from.
    sets, codes : the set and the class of every row there is.
    """
    found = []
    for one in np.unique(sets[rows]):
        inside = rows[sets[rows] == one]
        classes = [inside[codes[inside] == code] for code in np.unique(codes[inside])]
        found.append(tuple(class_rows for class_rows in classes if len(class_rows) >= members))
    return Pool(tuple(classes for classes in found if len(classes) >= 2))


def draw_task(pool: Pool, *, ways: int, members: int, rng: np.random.Generator) -> np.ndarray:
    """Return the rows of a task (classes, members), all of one set; larger sets come more often.

    Parameters
    ----------
    ways : how many classes; all of them, where the set has fewer.
    """
    sizes = np.array([sum(map(len, classes)) for classes in pool.sets], dtype=float)
    classes = pool.sets[rng.choice(len(sizes), p=sizes / sizes.sum())]
    taken = rng.choice(len(classes), size=min(ways, len(classes)), replace=False)
    return np.stack([rng.choice(classes[place], size=members, replace=False) for place in taken])


@dataclass(frozen=True)
class Tasks:
    """Tasks that do not change: the old source and every round are measured on the same ones.

    Parameters
    ----------
    rows : row numbers (tasks, classes, members).
    strata : which class of which set each is of (tasks, classes).
    """

    rows: np.ndarray
    strata: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ways(self) -> int:
        """How many classes each has."""
        return self.rows.shape[1]

    def mean(self, values: np.ndarray) -> Interval:
        """Return the mean of a value a task (tasks,) with its 95 % interval, over rows of these classes drawn anew.

        Tasks that share rows tell less than as many that do not (Lafargue et al., Oops, I sampled it again, 2024). So
        the error is that of the rows, by the infinitesimal jackknife for means over subsamples: how the values go
        with a row's being in a task (Efron, JASA 2014), within its class, less what chance adds to that (Wager,
        Hastie and Efron, JMLR 2014), and larger by the share of its class that a task takes.
        """
        variance = float(values.var()) / len(self)
        variance += sum(self._variance_within(values, stratum) for stratum in np.unique(self.strata))
        mean, half = float(values.mean()), float(QUANTILE * np.sqrt(variance))
        return Interval(mean, mean - half, mean + half)

    def _variance_within(self, values: np.ndarray, stratum: int) -> float:
        """Return what the rows of one class add to the variance of the mean."""
        there, place = np.nonzero(self.strata == stratum)
        rows, drawn = np.unique(self.rows[there, place], return_inverse=True)
        inside = np.zeros((len(there), len(rows)), dtype=np.float32)
        inside[np.arange(len(there))[:, None], drawn.reshape(len(there), -1)] = 1
        share = self.rows.shape[2] / len(rows)
        gaps = values[there] - values[there].mean()
        together = (inside - share).T @ gaps / len(self)
        by_chance = len(rows) * share * (1 - share) * float(np.square(gaps).sum()) / len(self) ** 2
        return max(float(np.square(together).sum()) - by_chance, 0.0) * (1 - 1 / len(rows)) / (1 - share) ** 2
