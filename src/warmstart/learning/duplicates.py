"""Say which rows repeat which: exact copies, and near ones in groups that never chain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def stars(hashes: Sequence[str], near: np.ndarray) -> np.ndarray:
    """Return for every row the row it repeats, itself where it repeats none, integers of shape (rows,).

    Groups are stars: a row joins another only if the two were found alike, never through a third row.

    Parameters
    ----------
    hashes : content hashes; equal ones are exact duplicates.
    near : pairs of rows (pairs, 2) that are alike.

    Examples
    --------
    >>> stars(["a", "b", "c", "a"], np.array([[0, 1], [1, 2]])).tolist()
    [1, 1, 1, 1]
    """
    first: dict[str, int] = {}
    exact = np.array([first.setdefault(value, row) for row, value in enumerate(hashes)], dtype=np.int64)
    friends: dict[int, set[int]] = {}
    for one, two in exact[near].tolist() if len(near) else []:
        if one != two:
            friends.setdefault(one, set()).add(two)
            friends.setdefault(two, set()).add(one)
    centre = np.arange(len(exact))
    free = set(friends)
    for row in sorted(friends, key=lambda row: (-len(friends[row]), row)):
        if row in free:
            members = {row, *(friends[row] & free)}
            centre[list(members)] = row
            free -= members
    return np.asarray(centre[exact])


def exact_pairs(hashes: Sequence[str]) -> np.ndarray:
    """Return pairs (pairs, 2) of every repeated row with the first row that has its hash."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(value, row), row) for row, value in enumerate(hashes)]
    return np.array(sorted(pair for pair in pairs if pair[0] != pair[1]), dtype=np.int64).reshape(-1, 2)
