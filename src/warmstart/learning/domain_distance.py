"""How far apart two domains are, as a network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from warmstart.core.representation import FeatureTable
from warmstart.learning.linear import cross_validated_proba
from warmstart.learning.rotation import rotate

MOST_ROWS = 1000
FOLDS = 5
PENALTY = 1e-2
PERMUTATIONS = 199


@dataclass(frozen=True)
class DomainDistance:
    """How well target rows can be told from source rows.

    Parameters
    ----------
    auc : area under the ROC curve of a cross-fitted linear classifier of the domain; 0.5 where they look alike.
    mmd : squared maximum mean discrepancy, unbiased, so that it is about 0 where they look alike.
    chance : how likely an MMD as large is where both are drawn from one domain (permutation test).
    rows : how many rows of each domain were looked at.
    """

    auc: float
    mmd: float
    chance: float
    rows: tuple[int, int]


def domain_distance(source: FeatureTable, target: FeatureTable, *, seed: int = 0) -> DomainDistance:
    """Return how far apart two domains are, on at most MOST_ROWS drawn rows of each."""
    rng = np.random.default_rng(seed)
    tables = [table.take(np.sort(rng.permutation(len(table))[:MOST_ROWS])) for table in (source, target)]
    rows = len(tables[0]), len(tables[1])
    values = np.concatenate([table[:] for table in tables])
    is_target = np.repeat([0, 1], rows)
    mmd, chance = _mmd(_standard(values), is_target, rng)
    return DomainDistance(_auc(values, is_target, rng), mmd, chance, rows)


def total_variation(one: np.ndarray, other: np.ndarray) -> float:
    """Return half the summed differences of two rows of shares: 0 where they are equal, at most 1.

    >>> round(total_variation(np.array([0.5, 0.5]), np.array([0.7, 0.3])), 6)
    0.2
    """
    return float(np.abs(one - other).sum() / 2)


def _auc(values: np.ndarray, is_target: np.ndarray, rng: np.random.Generator) -> float:
    """Return the cross-fitted AUC of telling the domains apart (Ben-David et al., 2010, on their distance)."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    fewest = int(np.bincount(is_target).min())
    split = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=int(rng.integers(2**31)))
    folds = np.zeros(len(values), dtype=np.int64)
    for number, (_, held) in enumerate(split.split(values, is_target)):
        folds[held] = number
    proba = cross_validated_proba(values, is_target, 2, folds, penalty=PENALTY)
    return float(roc_auc_score(is_target, proba[:, 1]))


def _standard(values: np.ndarray) -> np.ndarray:
    """Return the rows standardised and in their strongest directions, which keeps their distances."""
    return rotate(FeatureTable((values,), np.arange(len(values)))).values.astype(np.float64)


def _mmd(values: np.ndarray, is_target: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the unbiased squared MMD under a Gaussian kernel of median width, and its p (Gretton et al., 2012)."""
    squared = cdist(values, values, "sqeuclidean")
    kernel = np.exp(-squared / max(float(np.median(squared[squared > 0])) if (squared > 0).any() else 1.0, 1e-12))
    np.fill_diagonal(kernel, 0.0)
    found = _unbiased(kernel, is_target)
    drawn = [_unbiased(kernel, rng.permutation(is_target)) for _ in range(PERMUTATIONS)]
    return found, (1 + sum(other >= found for other in drawn)) / (PERMUTATIONS + 1)


def _unbiased(kernel: np.ndarray, is_target: np.ndarray) -> float:
    """Return the statistic from a kernel matrix with zeros on its diagonal."""
    target = is_target.astype(np.float64)
    ones, n = np.ones(len(target)) - target, float(target.sum())
    m = len(target) - n
    with_target, with_source = kernel @ target, kernel @ ones
    within = ones @ with_source / (m * (m - 1)) + target @ with_target / (n * (n - 1))
    return float(within - 2 * ones @ with_target / (m * n))
