"""How many groups there are: the number at which other samples of the rows give the same groups, beyond chance.

Ben-Hur, Elisseeff and Guyon, "A stability based method for discovering structure in clustered data" (Pacific
Symposium on Biocomputing, 2002): two samples of the rows are grouped, and what they say of the rows that both
have is compared, here by the adjusted Rand index. Few groups are stable for little (von Luxburg, "Clustering
stability: an overview", 2010); so the same is done with rows that are spread alike and have no groups, and the
number is taken at which the difference is largest, as Clest does (Dudoit and Fridlyand, Genome Biology, 2002).
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
"""From here on, agreement is good, and moderate (Steinley, "Properties of the Hubert-Arabie index", 2004)."""
LEAST_GAIN = 0.2
"""The share of what rows without groups leave to gain, below which there is no sign of groups."""
STEP = "choosing the number of clusters"


Pairs = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Candidate:
    """A way to group, and how far two samples of the rows agree on it.

    Parameters
    ----------
    clusters : how many groups it finds in all rows.
    stability : mean adjusted Rand index of the pairs of samples; None where it does not apply.
    error : standard deviation over the pairs.
    reference : the same of k-means with as many groups, in rows without groups.
    reason : why it does not apply.
    """

    method: Method
    clusters: int
    stability: float | None
    error: float = 0.0
    reference: float = 0.0
    reason: str = ""

    @property
    def gain(self) -> float:
        """How much more stable it is than groups in rows that have none; below all others where it does not apply."""
        return -1.0 if self.stability is None else self.stability - self.reference


def measure(values: np.ndarray, tried: Sequence[Method], *, seed: int, progress: Progress = silent) -> list[Candidate]:
    """Return how stable every way to group is, on the same pairs of samples."""
    rng = np.random.default_rng(seed)
    size = max(2, int(SHARE * len(values)))
    samples = [rng.choice(len(values), size, replace=False) for _ in range(2 * PAIRS)]
    pairs = list(zip(samples[::2], samples[1::2], strict=True))
    without_groups = (rng.normal(size=values.shape) * values.std(axis=0)).astype(values.dtype)
    found = []
    for done, method in enumerate(tried):
        progress(STEP, done, len(tried))
        found.append(_candidate(values, without_groups, method, pairs, seed))
    progress(STEP, len(tried), len(tried))
    return found


def _candidate(values: np.ndarray, without_groups: np.ndarray, method: Method, pairs: Pairs, seed: int) -> Candidate:
    clusters = len(method.centres(values, seed=seed))
    agreed = _agreed(values, method, pairs, seed) if clusters > 1 else []
    if not agreed:
        where = "a sample of the rows" if clusters > 1 else "the rows"
        return Candidate(method, clusters, None, reason=f"it finds fewer than two dense regions in {where}")
    reference = float(np.mean(_agreed(without_groups, Means(clusters), pairs, seed)))
    return Candidate(method, clusters, float(np.mean(agreed)), float(np.std(agreed)), reference)


def _agreed(values: np.ndarray, method: Method, pairs: Pairs, seed: int) -> list[float]:
    """Return what every pair of samples agrees on; nothing where a sample has fewer than two groups."""
    found = []
    for place, pair in enumerate(pairs):
        own, other = (method.centres(values[rows], seed=seed + 2 * place + side) for side, rows in enumerate(pair))
        if min(len(own), len(other)) < 2:
            return []
        shared = values[np.intersect1d(*pair)]
        found.append(adjusted_rand(nearest(shared, own), nearest(shared, other)))
    return found


def methods(rows: int, different: int) -> list[Method]:
    """Return the ways that are compared: k-means with 2 to MOST groups of FEWEST rows at least, and HDBSCAN.

    Parameters
    ----------
    different : how many of the rows look different to the source, which is as many groups as it can tell.
    """
    most = min(MOST, rows // FEWEST, different)
    return [*(Means(clusters) for clusters in range(2, max(most, 2) + 1)), Dense()]


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the way that is most stable beyond what rows without groups give."""
    return max(candidates, key=lambda one: one.gain)
