"""Parts of a dataset that share no group and no duplicate, with the classes in the same proportions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def units(duplicate_of: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Return which rows must stay together, as a unit number a row of shape (rows,).

    Parameters
    ----------
    duplicate_of : per row, its own number, or that of the row it repeats.
    groups : the user's groups (rows,), or None.
    """
    rows = len(duplicate_of)
    links = [np.arange(rows), duplicate_of]
    if groups is not None:
        _, first, place = np.unique(groups, return_index=True, return_inverse=True)
        links = [np.concatenate([links[0], np.arange(rows)]), np.concatenate([links[1], first[place]])]
    graph = coo_array((np.ones(len(links[0]), dtype=bool), (links[0], links[1])), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1])


def split_off(strata: np.ndarray, together: np.ndarray, share: float, *, seed: int) -> np.ndarray:
    """Return a mask (rows,) of a part of about `share` of the rows, with whole units and equal strata.

    Units are visited from the largest, in random order among equals. One joins the part by chance, the
    likelier the more the part lacks of its share of what was visited so far, unless it is too large for
    what the part lacks at all: units of every size are on both sides, and the small ones at the end make
    up for what the large ones left. Of two units or more, one is taken at least.

    Parameters
    ----------
    strata : stratum number a row: the class, or class and attribute together.
    together : unit number a row, as from `units`.
    share : between 0 and 1.
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(together)
    missing = np.bincount(strata) * share
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    taken = np.zeros(len(sizes), dtype=bool)
    many, single = order[sizes[order] > 1], order[sizes[order] == 1]
    owed = np.zeros(len(missing))
    for unit, size in zip(many, _unit_strata(strata, together, many), strict=True):
        owed += share * size
        nearer = np.sum((missing - size) ** 2) < np.sum(missing**2)
        if nearer and owed @ size > rng.random() * (size @ size):
            taken[unit] = True
            owed -= size
            missing -= size
    _take_single(taken, single, _strata_of_units(strata, together)[single], missing)
    if share and len(sizes) > 1 and not taken.any():
        taken[np.argmin(np.abs(sizes - share * len(strata)))] = True
    return taken[together]


def sample(strata: np.ndarray, together: np.ndarray, share: float, *, seed: int) -> np.ndarray:
    """Return a mask (rows,) of about `share` of the rows as they might have come: whole units, large or small.

    Unlike `split_off`, which begins with the largest units to come near the share, it visits units in
    random order, as if fewer had been gathered.
    """
    missing, sizes = np.bincount(strata) * share, np.bincount(together)
    order = np.random.default_rng(seed).permutation(len(sizes))
    taken, of_order, begin = np.zeros(len(order), dtype=bool), _strata_of_units(strata, together)[order], 0
    many = np.flatnonzero(sizes[order] > 1)
    for place, size in zip(many.tolist(), _unit_strata(strata, together, order[many]), strict=True):
        _take_single(taken, order[begin:place], of_order[begin:place], missing)
        begin = place + 1
        if np.sum((missing - size) ** 2) < np.sum(missing**2):
            taken[order[place]] = True
            missing -= size
    _take_single(taken, order[begin:], of_order[begin:], missing)
    return taken[together]


def _take_single(taken: np.ndarray, single: np.ndarray, strata: np.ndarray, missing: np.ndarray) -> None:
    """Take units of one row in their order, as long as more than half a row is missing in their stratum.

    Parameters
    ----------
    missing : rows a stratum that are yet to be taken; lowered in place.
    """
    for stratum in np.unique(strata):
        some = single[strata == stratum][: max(0, int(np.ceil(missing[stratum] - 0.5)))]
        taken[some] = True
        missing[stratum] -= len(some)


def folds(strata: np.ndarray, together: np.ndarray, count: int, *, seed: int) -> np.ndarray:
    """Return a fold number (rows,) from 0 to count - 1, with whole units and equal strata."""
    numbers = np.zeros(len(strata), dtype=np.int64)
    left = np.arange(len(strata))
    for fold in range(count - 1):
        if not len(left):
            break
        part = split_off(strata[left], renumber(together[left]), 1 / (count - fold), seed=seed + fold)
        numbers[left[part]] = fold
        left = left[~part]
    numbers[left] = count - 1
    return numbers


def strata_of(codes: np.ndarray, attributes: list[np.ndarray], *, least: int) -> np.ndarray:
    """Return stratum numbers of class and attributes together, or of the class alone where a cell is small.

    Parameters
    ----------
    codes : class codes (rows,).
    attributes : further columns (rows,) to balance.
    least : the fewest rows that a cell may have.
    """
    joined = codes
    for values in attributes:
        joined = renumber(joined) * (len(np.unique(values)) + 1) + renumber(values)
    joined = renumber(joined)
    return joined if np.bincount(joined).min() >= least else renumber(codes)


def _unit_strata(strata: np.ndarray, together: np.ndarray, wanted: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the count of rows per stratum of every wanted unit, as floats (strata,)."""
    rows = np.argsort(together, kind="stable")
    ends, count = np.cumsum(np.bincount(together)), strata.max() + 1
    for unit in wanted:
        start = ends[unit - 1] if unit else 0
        yield np.bincount(strata[rows[start : ends[unit]]], minlength=count).astype(np.float64)


def _strata_of_units(strata: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Return the stratum of a row of every unit, (units,): of units of one row, theirs."""
    found = np.empty(together.max() + 1, dtype=np.int64)
    found[together] = strata
    return found


def renumber(values: np.ndarray) -> np.ndarray:
    """Return numbers from 0 on (rows,), one for every value, in their order."""
    return np.asarray(np.unique(values, return_inverse=True)[1])
