"""Which rows are in which group: the values of every attribute, and those of two attributes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

FEWEST_ROWS = 30
"""With fewer rows in a group an interval of its accuracy is wider than any gap worth a claim."""
TOGETHER = " × "


@dataclass(frozen=True)
class Group:
    """One value of an attribute (or of two, joined), its rows, and the rows it is compared with.

    Parameters
    ----------
    rest : rows whose value of the same attribute is known and another.
    """

    attribute: str
    value: str
    rows: int
    rest: int

    @property
    def is_judged(self) -> bool:
        """Whether it and what it is compared with have rows enough."""
        return min(self.rows, self.rest) >= FEWEST_ROWS

    @property
    def missing(self) -> int:
        """How many more rows of its own it would need to be judged."""
        return max(0, FEWEST_ROWS - self.rows)


@dataclass(frozen=True)
class Groups:
    """Every group that can be judged, as few patterns of membership.

    Parameters
    ----------
    judged : groups of at least `FEWEST_ROWS` rows, compared with as many.
    small : all other groups; of two attributes together only those with rows.
    labels : per attribute (or two, joined) the value of every row (rows,), "" where it is not known.
    pattern : number of each row's pattern (rows,).
    inside, outside : whether the rows of a pattern are in a group, or in its rest (judged, patterns).
    """

    judged: tuple[Group, ...]
    small: tuple[Group, ...]
    labels: Mapping[str, np.ndarray]
    pattern: np.ndarray
    inside: np.ndarray
    outside: np.ndarray


def groups_of(attributes: Mapping[str, np.ndarray]) -> Groups:
    """Return the groups that the attributes, each (rows,), and every two of them make."""
    labels = {name: np.asarray(values).astype(str) for name, values in attributes.items()}
    for one, two in combinations(list(labels), 2):
        labels[f"{one}{TOGETHER}{two}"] = _joined(labels[one], labels[two])
    every = [group for name, values in labels.items() for group in _groups(name, values)]
    judged = tuple(group for group in every if group.is_judged)
    rows = len(next(iter(labels.values()), ()))
    state = np.zeros((len(judged), rows), dtype=np.int8)
    for place, group in enumerate(judged):
        values = labels[group.attribute]
        state[place] = np.where(values == "", -1, values == group.value)
    patterns, pattern = np.unique(state, axis=1, return_inverse=True)
    small = tuple(group for group in every if not group.is_judged)
    return Groups(judged, small, labels, pattern.reshape(-1), patterns == 1, patterns == 0)


def _joined(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    known = (one != "") & (two != "")
    return np.where(known, np.char.add(np.char.add(one, TOGETHER), two), "")


def _groups(attribute: str, labels: np.ndarray) -> list[Group]:
    """Return the groups of an attribute, the largest first."""
    values, counts = np.unique(labels[labels != ""], return_counts=True)
    known = int(counts.sum())
    order = np.argsort(-counts, kind="stable")
    return [Group(attribute, str(values[place]), int(counts[place]), known - int(counts[place])) for place in order]
