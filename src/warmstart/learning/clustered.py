"""How much less rows tell that belong together than as many rows that do not."""

from __future__ import annotations

import numpy as np
from scipy import stats

from warmstart.errors import NotApplicable
from warmstart.learning.level import QUANTILE, UPPER


def dependent(together: np.ndarray, *, named: bool) -> np.ndarray | None:
    """Return the units of rows (rows,) where groups were named or some rows repeat others; None where each is alone.

    Parameters
    ----------
    together : unit number a row, of copies and of the groups where they were named.
    """
    return together if named or len(np.unique(together)) < len(together) else None


def within(groups: np.ndarray, strata: np.ndarray) -> bool:
    """Return whether every group lies in one stratum (rows,)."""
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return np.array_equal(strata[first][place], strata)


def freedom_of(groups: np.ndarray, strata: np.ndarray) -> int:
    """Return the degrees of freedom of a spread between groups: one is spent on every stratum that groups lie in."""
    return len(np.unique(groups)) - (len(np.unique(strata)) if within(groups, strata) else 1)


def too_few(groups: np.ndarray, strata: np.ndarray) -> str:
    """Return why nothing shows how groups differ, as the end of a sentence; "" where they do show it."""
    if freedom_of(groups, strata) > 0:
        return ""
    count = len(np.unique(groups))
    return (
        f"the test rows belong together in {'one group' if count == 1 else f'{count} groups'}, too few to tell how far "
        "other groups would differ. Test on rows of more groups."
    )


def few_groups_stretch(groups: np.ndarray, strata: np.ndarray) -> float:
    """Return how much longer intervals must be that come from drawing groups anew.

    The draws vary too little by the share of the degrees of freedom, and have the tails of a normal
    distribution instead of Student's (Hesterberg, The American Statistician, 2015).

    Raises
    ------
    NotApplicable : there are too few groups to see how they differ.
    """
    if reason := too_few(groups, strata):
        raise NotApplicable(reason)
    count, freedom = len(np.unique(groups)), freedom_of(groups, strata)
    return float(np.sqrt(count / freedom) * stats.t.ppf(UPPER, freedom) / QUANTILE)


def design_stretch(weights: np.ndarray, errors: np.ndarray, groups: np.ndarray, strata: np.ndarray) -> float:
    """Return by how much rows in groups make the interval of a weighted mean longer: the root of the design effect.

    The rows tell as much as rows / stretch² independent ones would, and Student's tails ask for a few more
    (Korn and Graubard, Survey Methodology, 1998). They never tell less than as if every group were one
    row, which is what is taken where nothing shows how groups differ.

    Parameters
    ----------
    weights : of the rows (rows,).
    errors : the rows' values less the mean of their stratum (rows,).
    """
    _, place = np.unique(groups, return_inverse=True)
    most = np.sum(np.bincount(place, weights) ** 2) / np.sum(weights**2)
    apart = np.sum((weights * errors) ** 2)
    if not apart or too_few(groups, strata):
        return float(np.sqrt(most))
    effect = np.sum(np.bincount(place, weights * errors) ** 2) / apart
    return float(min(np.sqrt(max(effect, 1.0)) * few_groups_stretch(groups, strata), np.sqrt(most)))


def mean_error(values: np.ndarray, groups: np.ndarray, *, ddof: int = 0) -> float:
    """Return the standard error of the mean of values (rows,), those of one group summed before they are compared.

    (Liang and Zeger, Biometrika, 1986.) Where every row is alone, or all are of one group, so that nothing shows how
    groups differ, it is that of independent rows.

    Parameters
    ----------
    ddof : degrees of freedom that the mean took, of the rows or of the groups.
    """
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    if len(counts) in (1, len(values)):
        return float(values.std(ddof=ddof) / np.sqrt(len(values)))
    sums = np.bincount(place, values - values.mean())
    return float(np.sqrt(len(counts) / (len(counts) - ddof) * np.sum(sums**2)) / len(values))
