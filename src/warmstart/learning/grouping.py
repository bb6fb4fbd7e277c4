"""Find groups in features without labels: reduce, choose how many, group, and say how sure each row's group is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from warmstart.core.progress import Progress, silent
from warmstart.core.representation import FeatureTable
from warmstart.learning.alike import apart
from warmstart.learning.centres import Means, distances, nearest
from warmstart.learning.linear import LinearHead
from warmstart.learning.many_rows import some_places
from warmstart.learning.metrics import confusion, log_loss
from warmstart.learning.reduction import Reduction, reduce
from warmstart.learning.stability import SHARE, Candidate, choose, measure, methods

COMPARED_ROWS = 2_000
REPEATS = 10
SHARPNESSES = np.geomspace(0.01, 100.0, 33)


@dataclass(frozen=True)
class Grouping:
    """Groups of rows, the largest first, and how a new row is put into one.

    Parameters
    ----------
    reduction : from features to few directions.
    centres : (groups, dimensions).
    values : the reduced rows (rows, dimensions).
    codes : the group of every row (rows,).
    kept : for every group, the share (0 to 1) of its rows that groupings of other samples keep together.
    sharpness : by what squared distances are multiplied before the softmax.
    chosen : how the groups were found.
    candidates : the ways that were compared; one where the number was given.
    asked : the number that was given, which may be more than look different to the source; None where it was chosen.
    """

    reduction: Reduction
    centres: np.ndarray
    values: np.ndarray
    codes: np.ndarray
    kept: np.ndarray
    sharpness: float
    chosen: Candidate
    candidates: tuple[Candidate, ...]
    asked: int | None = None

    def head(self) -> LinearHead:
        """Return the softmax over negative squared distances as a linear head on the unreduced features.

        |z - c|² is |z|² - 2 z·c + |c|², and |z|² is the same for every group.
        """
        weight = 2 * self.sharpness * self.centres @ self.reduction.basis.T
        bias = -self.sharpness * (self.centres**2).sum(axis=1)
        mean = self.reduction.mean
        return LinearHead(mean, np.ones_like(mean), weight.astype(np.float32), bias.astype(np.float32))


def group(
    features: FeatureTable,
    distinct: np.ndarray,
    *,
    clusters: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Grouping:
    """Reduce the features and group the rows; of many rows, samples tell the directions, the number and the centres.

    Parameters
    ----------
    distinct : the rows that repeat no other, ascending: a row that is there a hundred times is one thing.
    clusters : how many groups; None chooses by stability.
    """
    reduction = reduce(features, seed=seed)
    values = reduction.apply(features)
    few = values[distinct[some_places(len(distinct), COMPARED_ROWS)]]
    different = len(apart(few))
    tried = methods(len(few), different) if clusters is None else [Means(min(clusters, different))]
    candidates = measure(few, tried, seed=seed, progress=progress)
    chosen = choose(candidates)
    # HDBSCAN finds as many regions as its rows have: those that were measured. Means are better of more rows.
    sample = values[distinct[some_places(len(distinct))]] if isinstance(chosen.method, Means) else few
    centres = chosen.method.centres(sample, seed=seed)
    rows = np.bincount(nearest(values, centres), minlength=len(centres))
    centres = centres[[place for place in np.argsort(-rows, kind="stable") if rows[place]]]
    others = _of_other_samples(few, chosen, centres, seed=seed)
    return Grouping(
        reduction,
        centres,
        values,
        nearest(values, centres),
        _kept(nearest(few, centres), others, len(centres)),
        _sharpness(few, centres, others),
        chosen,
        tuple(candidates),
        clusters,
    )


def _of_other_samples(values: np.ndarray, chosen: Candidate, centres: np.ndarray, *, seed: int) -> np.ndarray:
    """Return the groups (repeats, rows) that the rows get from samples of them, named as those that overlap most."""
    rng = np.random.default_rng(seed)
    own = nearest(values, centres)
    found = []
    for repeat in range(REPEATS):
        rows = rng.choice(len(values), max(2, int(SHARE * len(values))), replace=False)
        other = chosen.method.centres(values[rows], seed=seed + repeat)
        codes = nearest(values, other)
        size = max(len(centres), len(other))
        _, names = linear_sum_assignment(confusion(codes, own, size), maximize=True)
        found.append(names[codes])
    return np.array(found)


def _kept(own: np.ndarray, others: np.ndarray, groups: int) -> np.ndarray:
    """Return for every group the share of its rows that are in it again; not a number where it has no row here."""
    same = (others == own).mean(axis=0)
    counts = np.bincount(own, minlength=groups)
    return np.asarray(np.bincount(own, same, minlength=groups) / np.where(counts, counts, np.nan))


def _sharpness(values: np.ndarray, centres: np.ndarray, others: np.ndarray) -> float:
    """Return the sharpness under which probabilities say best where groupings of other samples put a row."""
    far = distances(values, centres)
    scale = max(float(far.min(axis=1).mean()), 1e-6 * float(far.mean()), 1e-12)
    known = others < len(centres)
    losses: dict[float, float] = {}
    for sharpness in SHARPNESSES / scale:
        proba = softmax(-sharpness * far, axis=1)
        losses[float(sharpness)] = float(
            np.mean([log_loss(codes[there], proba[there]) for codes, there in zip(others, known, strict=True)])
        )
    return min(losses, key=lambda one: losses[one])


def representatives(
    values: np.ndarray, centres: np.ndarray, codes: np.ndarray, *, rows: np.ndarray, most: int
) -> list[np.ndarray]:
    """Return for every group its rows that are nearest to the centre, at most `most`, of the given rows only."""
    found = []
    for code in range(len(centres)):
        own = rows[codes[rows] == code]
        far = distances(values[own], centres[code : code + 1])[:, 0]
        found.append(own[np.argsort(far, kind="stable")[:most]])
    return found
