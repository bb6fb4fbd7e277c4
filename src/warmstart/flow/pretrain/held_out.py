"""What is never trained on where tasks are drawn: whole classes where there are enough of them, else rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.errors import DataError
from warmstart.flow.pretrain.labelled_sets import Sets
from warmstart.flow.split import Rows
from warmstart.learning.episodes import Pool, Tasks, draw_task, pool_of

FEWEST_CLASSES = 5
"""A set with fewer keeps all of them for training, and rows are held out."""
SHARE = 0.4
MOST = 1000
"""Rows of each of the two held-out parts."""
CHOOSING, REPORTING = 600, 3000
"""Tasks of each."""


@dataclass(frozen=True)
class HeldOut:
    """Which rows are for what.

    Parameters
    ----------
    by_class : whether whole classes are held out; else rows of the classes that are trained on.
    trained : what training draws its tasks from.
    undrawn : how many more rows could be trained on and are not: their class has too few for a task, or no class
        beside it in its set.
    chosen, reported : the tasks that choose the round, and those on which the result is reported; they share no row.
    """

    by_class: bool
    trained: Pool
    undrawn: int
    chosen: Tasks
    reported: Tasks

    @property
    def rows(self) -> np.ndarray:
        """The numbers of the rows that training draws from, ascending."""
        return np.sort(np.concatenate([rows for classes in self.trained.sets for rows in classes]))


def hold_out(sets: Sets, *, ways: int, members: int, seed: int) -> HeldOut:
    """Divide the rows once; what repeats a held-out row is not trained on, and none the source saw is held out.

    Of every set with FEWEST_CLASSES or more, a share of the class names is held out, of all sets; one half of them
    chooses and the other reports where both have as many classes as a task, else both have all of them and other rows.

    Parameters
    ----------
    ways : classes of a task, where there are as many.
    members : rows a class of a task.

    Raises
    ------
    DataError : too few rows a class are left for tasks.
    """
    rng = np.random.default_rng([seed, len(sets.codes)])
    names = _names(sets, rng)
    by_class = _most_in_a_set(sets, names) > 1
    every = np.arange(len(sets.codes))
    if by_class:
        held = np.flatnonzero(np.isin(sets.codes, names))
        enough = min(_most_in_a_set(sets, half) for half in (names[::2], names[1::2])) >= ways
        apart = np.isin(sets.codes[held], names[::2]) if enough else None
    else:
        held, apart = _rows(sets).part(every, min(SHARE, 2 * MOST / len(every)), seed=seed)[1], None
    trained = np.flatnonzero(~np.isin(sets.together, sets.together[held]))
    first, second = _halves(sets, held, apart, seed)
    pool = pool_of(trained, sets.sets, sets.codes, members=members)
    if not pool.sets:
        raise DataError(_too_few("to train on", f"two classes of a set with {members} rows each", members))
    chosen = _tasks(sets, first, CHOOSING, ways=ways, members=members, rng=rng)
    reported = _tasks(sets, second, REPORTING, ways=ways, members=members, rng=rng)
    drawn = sum(len(rows) for classes in pool.sets for rows in classes)
    return HeldOut(by_class, pool, len(trained) - drawn, chosen, reported)


def _classes(sets: Sets) -> list[np.ndarray]:
    """Return the classes of every set."""
    return [np.unique(sets.codes[sets.sets == one]) for one in range(len(sets.names))]


def _names(sets: Sets, rng: np.random.Generator) -> np.ndarray:
    """Return the classes to hold out, set after set: SHARE of those of a set, none where it has few.

    The smallest set comes first, and what it keeps no later one takes away: else sets would lose all of their classes.
    """
    held, settled = np.zeros((2, 0), dtype=np.int64)
    for own in sorted(_classes(sets), key=len):
        share = round(SHARE * len(own)) if len(own) >= FEWEST_CLASSES else 0
        missing = max(share - len(np.intersect1d(own, held)), 0)
        held = np.append(held, rng.permutation(np.setdiff1d(own, settled))[:missing])
        settled = np.union1d(settled, own)
    return held


def _most_in_a_set(sets: Sets, names: np.ndarray) -> int:
    """Return how many of some classes stand in one set, at most."""
    return max(len(np.intersect1d(own, names)) for own in _classes(sets))


def _strata(sets: Sets) -> np.ndarray:
    """Return which class of which set every row is of (rows,)."""
    return np.asarray(sets.sets * len(sets.classes) + sets.codes)


def _rows(sets: Sets) -> Rows:
    return Rows(sets.codes, _strata(sets), sets.together)


def _halves(sets: Sets, held: np.ndarray, apart: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the held-out rows in two parts, by their classes where a mask says so; no unit is in both."""
    if apart is None:
        first, second = _rows(sets).part(held, 0.5, seed=seed + 1)
    else:
        first, second = held[apart], held[~apart]
        second = second[~np.isin(sets.together[second], sets.together[first])]
    return first, second


def _tasks(sets: Sets, rows: np.ndarray, count: int, *, ways: int, members: int, rng: np.random.Generator) -> Tasks:
    """Draw the tasks of a held-out part, from one row of every unit and at most MOST rows.

    Raises
    ------
    DataError : fewer than two classes have rows enough, so that two tasks need not share any.
    """
    single = rng.permutation(rows[~sets.seen[rows]])
    single = single[np.unique(sets.together[single], return_index=True)[1]]
    least = 2 * members
    pool = pool_of(np.sort(rng.permutation(single)[:MOST]), sets.sets, sets.codes, members=least)
    ways = pool.ways(ways)
    if not ways:
        need = f"two classes with {least} rows each in each of two held-out parts"
        raise DataError(_too_few("to judge on", need, members))
    drawn = [draw_task(pool.widest(ways), ways=ways, members=members, rng=rng) for _ in range(count)]
    tasks = np.stack(drawn)
    return Tasks(tasks, _strata(sets)[tasks[:, :, 0]])


def _too_few(what: str, need: str, members: int) -> str:
    return (
        f"Learning from few examples needs enough labelled rows {what}: {need}. A task takes {members} rows of every "
        "class. Label more rows a class, or lower --shots."
    )
