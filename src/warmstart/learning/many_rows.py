"""Go on fitting a linear head on more rows than are held in memory: the same model, a block of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from warmstart.core.representation import FeatureTable, blocks
from warmstart.learning.rotation import Rotated

MANY = 10_000
PASSES = 20
READ = 1024
SLOPE = 1e-4

Weights = tuple[np.ndarray, np.ndarray]


def fit_streamed(
    rotated: Rotated, features: FeatureTable, codes: np.ndarray, start: Weights, *, penalty: float
) -> Weights:
    """Return weight (classes, columns) and bias (classes,) of the head that fits all rows.

    The objective is that of `fit_logistic`, by L-BFGS (Liu & Nocedal, 1989), which reads every row once
    a step. From the solution on a sample few steps are needed; at most PASSES are made.

    Parameters
    ----------
    rotated : how the rows of a sample were standardised and rotated; all rows are treated alike.
    start : the weight and bias that fit the sample; classes that have no row here keep theirs.
    """
    present = np.unique(codes)
    objective = _Objective(rotated, features, np.searchsorted(present, codes), _by_row(penalty, len(present)))
    weight, bias = (np.array(values, dtype=np.float64) for values in start)
    first = np.concatenate([weight[present], bias[present, None]], axis=1)
    found = minimize(
        objective, first.ravel(), jac=True, method="L-BFGS-B", options={"maxfun": PASSES, "gtol": SLOPE}
    ).x.reshape(first.shape)
    weight[present], bias[present] = found[:, :-1], found[:, -1]
    return weight, bias


def _by_row(penalty: float, classes: int) -> float:
    """Return the penalty of one row of weights a class: scikit-learn gives two classes one row for both."""
    return 2 * penalty if classes == 2 else penalty


def some_places(rows: int, most: int | None = None) -> np.ndarray:
    """Return the places of all rows, or of `most` (MANY) of them, drawn: enough to make a choice on."""
    most = most or MANY
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many of the rows, evenly spread."""
    return rows[:: max(1, -(-len(rows) // most))]


def on_a_sample(penalty: float, rows: int) -> float:
    """Return the penalty a row that a sample has where `rows` have this one: its sum over rows stays what it was.

    >>> on_a_sample(1e-4, rows=1_000_000)
    0.01
    """
    return penalty * max(1.0, rows / MANY)


@dataclass(frozen=True)
class _Objective:
    """Mean log loss of all rows and the penalty, as a function of weight and bias side by side."""

    rotated: Rotated
    features: FeatureTable
    codes: np.ndarray
    penalty: float

    def __call__(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and its slope."""
        columns = flat.reshape(int(self.codes.max()) + 1, -1)
        weight, bias = columns[:, :-1], columns[:, -1]
        full = self.rotated.unrotated(weight).astype(np.float32)
        loss, slope, rest = 0.0, np.zeros(full.shape), np.zeros(len(bias))
        for part in blocks(len(self.codes), READ):
            values = self.features[part]
            values -= self.rotated.mean
            values /= self.rotated.scale
            codes, places = self.codes[part], np.arange(len(values))
            logs = log_softmax(values @ full.T + bias, axis=1)
            loss -= logs[places, codes].sum()
            errors = np.exp(logs)
            errors[places, codes] -= 1.0
            slope += errors.T.astype(np.float32) @ values
            rest += errors.sum(axis=0)
        return self._penalised(loss, slope, rest, weight)

    def _penalised(
        self, loss: float, slope: np.ndarray, rest: np.ndarray, weight: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Return the mean objective, and its slope in the rotated basis."""
        rows, basis = len(self.codes), self.rotated.basis
        turned = (slope if basis is None else slope @ basis) / rows + self.penalty * weight
        total = loss / rows + 0.5 * self.penalty * float(np.sum(weight**2))
        return total, np.concatenate([turned, (rest / rows)[:, None]], axis=1).ravel()
