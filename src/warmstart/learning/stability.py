"""How many groups there are: the number at which other samples of the rows give the same groups.

Ben-Hur, Elisseeff and Guyon, "A stability based method for discovering structure in clustered data" (Pacific
Symposium on Biocomputing, 2002): two samples of the rows are grouped, and what they say of the rows that both
have is compared, here by the adjusted Rand index. What it can and cannot tell: von Luxburg, "Clustering
stability: an overview" (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.progress import Progress, silent
from warmstart.learning.agreement import adjusted_rand
from warmstart.learning.centres import Dense, Means, Method, nearest

SHARE = 0.8
PAIRS = 10
MOST = 20
FEWEST = 5
STEADY, SHAKY = 0.8, 0.65
STEP = "choosing the number of clusters"


@dataclass(frozen=True)
class Candidate:
    """A way to group, and how far two samples of the rows agree on it.

    Parameters
    ----------
    clusters : how many groups it finds in all rows.
    stability : mean adjusted Rand index of the pairs of samples; None where it does not apply.
    error : standard deviation over the pairs.
    reason : why it does not apply.
    """

    method: Method
    clusters: int
    stability: float | None
    error: float = 0.0
    reason: str = ""


def measure(
    values: np.ndarray, methods: Sequence[Method], *, seed: int, progress: Progress = silent
) -> list[Candidate]:
    """Return how stable every way to group is, on the same pairs of samples."""
    pairs = _pairs_of_samples(len(values), seed)
    found = []
    for done, method in enumerate(methods):
        progress(STEP, done, len(methods))
        found.append(_candidate(values, method, pairs, seed))
    progress(STEP, len(methods), len(methods))
    return found


def _pairs_of_samples(rows: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    size = max(2, int(SHARE * rows))
    return [(rng.choice(rows, size, replace=False), rng.choice(rows, size, replace=False)) for _ in range(PAIRS)]


def _candidate(
    values: np.ndarray, method: Method, pairs: Sequence[tuple[np.ndarray, np.ndarray]], seed: int
) -> Candidate:
    """Group both samples of every pair, and compare what they say of the rows that both have."""
    centres = method.centres(values, seed=seed)
    if len(centres) < 2:
        return Candidate(method, len(centres), None, reason=f"it finds {len(centres) or 'no'} dense region in the rows")
    agreed = []
    for place, pair in enumerate(pairs):
        own, other = (method.centres(values[rows], seed=seed + 2 * place + side) for side, rows in enumerate(pair))
        if min(len(own), len(other)) < 2:
            return Candidate(method, len(centres), None, reason="it finds fewer than two dense regions in a sample")
        shared = values[np.intersect1d(*pair)]
        agreed.append(adjusted_rand(nearest(shared, own), nearest(shared, other)))
    return Candidate(method, len(centres), float(np.mean(agreed)), float(np.std(agreed)))


def methods(rows: int) -> list[Method]:
    """Return the ways that are compared: k-means with 2 to MOST groups of FEWEST rows at least, and HDBSCAN."""
    most = min(MOST, rows // FEWEST)
    return [*(Means(clusters) for clusters in range(2, max(most, 2) + 1)), Dense()]


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the way with the most groups on which samples of the rows agree well; else the most stable one.

    Few groups are stable for little, so that the number before agreement breaks down tells most (Ben-Hur et al.).
    From STEADY on, agreement is good (Steinley, "Properties of the Hubert-Arabie adjusted Rand index", 2004).
    """
    usable = [one for one in candidates if one.stability is not None]
    steady = [one for one in usable if (one.stability or 0.0) >= STEADY]
    if steady:
        return max(steady, key=lambda one: (one.clusters, one.stability or 0.0))
    return max(usable, key=lambda one: one.stability or 0.0)
