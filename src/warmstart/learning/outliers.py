"""How far every row lies from the others, against how far its neighbours do."""

from __future__ import annotations

import numpy as np

from warmstart.core.representation import blocks
from warmstart.learning.alike import apart
from warmstart.learning.many_rows import some_places

NEIGHBOURS = 20
NOTABLE = 1.5


def outlier_scores(values: np.ndarray, distinct: np.ndarray) -> np.ndarray:
    """Return the local outlier factor of every row (rows,): about 1 in a crowd, 2 where neighbours are twice as far.

    Breunig et al., "LOF: identifying density-based local outliers" (SIGMOD, 2000): how much farther a row
    lies from its nearest rows than these lie from theirs. Of many rows, a sample tells the density.

    Parameters
    ----------
    values : reduced rows (rows, dimensions).
    distinct : the rows that repeat no other, ascending: copies would make each other look crowded, and so would rows
        that the source sees alike, of which one is taken.
    """
    from sklearn.neighbors import LocalOutlierFactor

    known = distinct[some_places(len(distinct))]
    known = known[apart(values[known])]
    factor = LocalOutlierFactor(n_neighbors=min(NEIGHBOURS, len(known) - 1), novelty=True)
    factor.fit(values[known])
    scores = np.empty(len(values))
    others = np.setdiff1d(np.arange(len(values)), known)
    for part in blocks(len(others)):
        if len(rows := others[part]):
            scores[rows] = -factor.score_samples(values[rows])
    scores[known] = -factor.negative_outlier_factor_
    return scores
