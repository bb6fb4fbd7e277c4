"""A classifier that grows in closed form: old classes from what is stored of them, new ones from their rows.

Deep streaming linear discriminant analysis (Hayes & Kanan, CVPR workshops 2020, arXiv 1909.01520): a mean a
class and one covariance for all, both of them running, on the features of a network that no longer changes.
Nothing is sampled and no old row is needed. The head that is there keeps its say among the old classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from warmstart.learning.metrics import CLIP


@dataclass(frozen=True)
class Moments:
    """What is known of some classes.

    Parameters
    ----------
    means : (classes, columns).
    counts : rows a class (classes,).
    covariance : within a class, one for all (columns, columns).
    """

    means: np.ndarray
    counts: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class Linear:
    """One number a class, columns (rows, columns) @ weight.T + bias."""

    weight: np.ndarray
    bias: np.ndarray

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """Return the numbers (rows, classes)."""
        return np.asarray(columns @ self.weight.T + self.bias)


@dataclass(frozen=True)
class GrownHead:
    """Old and new classes together.

    Parameters
    ----------
    moments : of all classes, the old ones first.
    discriminants : log of the probability of every class, up to what all classes share.
    shift : what the new rows of old classes add to the old head's logits; zero for a class that got none.
    """

    moments: Moments
    discriminants: Linear
    shift: Linear

    @property
    def counts(self) -> np.ndarray:
        """Rows a class (classes,)."""
        return self.moments.counts

    @property
    def old(self) -> int:
        """How many classes the old head answers with."""
        return len(self.shift.bias)

    def proba(self, before: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return probabilities of all classes (rows, classes).

        How likely a row is of a new class the discriminants say; how the rest is shared among the old
        classes the old head says, with the shift.

        Parameters
        ----------
        before : the old head's probabilities (rows, old classes).
        """
        among_old = softmax(np.log(np.clip(before, CLIP, 1.0)) + self.shift(columns), axis=1)
        every = softmax(self.discriminants(columns), axis=1)
        kept = every[:, : self.old].sum(axis=1, keepdims=True)
        return np.asarray(np.concatenate([among_old * kept, every[:, self.old :]], axis=1))


def grow(known: Moments, columns: np.ndarray, codes: np.ndarray, classes: int) -> GrownHead:
    """Return the head of `classes` classes, of which the first are known already.

    Parameters
    ----------
    columns, codes : new rows (rows, columns) and their class codes (rows,), of old and of new classes.
    """
    after = moved(known, columns, codes, classes)
    precision = np.linalg.inv(after.covariance)
    then, now = (_discriminants(one, precision) for one in (known, after))
    old = len(known.counts)
    shift = Linear(now.weight[:old] - then.weight, now.bias[:old] - then.bias)
    return GrownHead(after, now, shift)


def moved(known: Moments, columns: np.ndarray, codes: np.ndarray, classes: int) -> Moments:
    """Return the moments of the old rows and of new ones together (Welford, 1962); see `grow`."""
    old, rows = len(known.counts), int(known.counts.sum())
    added = np.bincount(codes, minlength=classes)
    counts = np.concatenate([known.counts, np.zeros(classes - old, dtype=np.int64)]) + added
    before = np.concatenate([known.means, np.zeros((classes - old, columns.shape[1]))])
    sums = np.zeros_like(before)
    np.add.at(sums, codes, columns)
    means = before + (sums - added[:, None] * before) / np.maximum(counts, 1)[:, None]
    reference = np.where((codes < old)[:, None], before[codes], means[codes])
    scatter = (columns - reference).T @ (columns - means[codes])
    return Moments(means, counts, (rows * known.covariance + scatter) / (rows + len(codes)))


def _discriminants(of: Moments, precision: np.ndarray) -> Linear:
    weight = of.means @ precision
    return Linear(weight, np.log(of.counts) - 0.5 * (weight * of.means).sum(axis=1))


def decision_weights(weights: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the weights of all classes (classes,): the old ones, and for new classes the same power of their share.

    Parameters
    ----------
    weights, before : the old classes' weights and rows (old classes,).
    after : rows of all classes (classes,), the old ones first.
    """
    shares = np.log(before / before.sum())
    spread = shares - shares.mean()
    # A fit takes powers from -1 to 0; of classes of one size none is told, and what rounding leaves is no spread.
    power = float(np.clip(spread @ np.log(weights) / (spread @ spread), -1.0, 0.0)) if np.ptp(before) else 0.0
    level = float(np.mean(np.log(weights) - power * shares))
    new = np.exp(level + power * np.log(after[len(before) :] / before.sum()))
    grown = np.concatenate([weights, new])
    return np.asarray(grown / grown.max())
