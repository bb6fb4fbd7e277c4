"""A regularised linear head on features: multinomial logistic regression, its penalty by cross-validation.

Features are read a block of rows at a time. Of more than MANY rows, a sample tells the penalty and the
basis, and the head is fitted on all of them without ever holding them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from warmstart.core.representation import FeatureTable, blocks
from warmstart.learning.many_rows import fit_streamed, some_places
from warmstart.learning.metrics import log_loss
from warmstart.learning.one_thread import one_thread
from warmstart.learning.rotation import Rotated, rotate

UNSEEN = -12.0
ITERATIONS = 60
PENALTIES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)


@dataclass(frozen=True)
class LinearHead:
    """Class scores from standardised features: ((x - mean) / scale) @ weight.T + bias.

    Parameters
    ----------
    mean, scale : per feature, (width,) of float32.
    weight : (classes, width) of float32.
    bias : (classes,) of float32.
    """

    mean: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray | FeatureTable) -> np.ndarray:
        """Return unnormalised log-probabilities (rows, classes)."""
        found = []
        for part in blocks(len(features)):
            rows = features[part] - self.mean
            rows /= self.scale
            found.append(rows @ self.weight.T)
        return np.asarray(np.concatenate(found) + self.bias)

    def proba(self, features: np.ndarray | FeatureTable) -> np.ndarray:
        """Return probabilities (rows, classes)."""
        return np.asarray(softmax(self.logits(features).astype(np.float64), axis=1))

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the four arrays by name."""
        return {"mean": self.mean, "scale": self.scale, "weight": self.weight, "bias": self.bias}


def fit_logistic(
    features: np.ndarray | FeatureTable,
    codes: np.ndarray,
    classes: int,
    folds: np.ndarray,
    *,
    penalties: Sequence[float],
) -> tuple[LinearHead, float]:
    """Fit a head, choosing the penalty with the lowest cross-validated log loss.

    Parameters
    ----------
    features : (rows, width) of float32.
    codes : class codes (rows,).
    folds : fold number a row (rows,), so that groups and duplicates stay on one side.
    penalties : candidates for the L2 penalty on weights, per row (the objective is the mean log
        loss + penalty / 2 * ||weight||²), from strong to weak.

    Returns
    -------
    The head fitted on all rows, and the penalty that was chosen; a single candidate is not validated.
    A penalty that a sample chose counts for less on all rows: its sum over rows stays what it was.
    """
    table = _table(features)
    some = some_places(len(table))
    rotated = rotate(table.take(some))
    best = penalties[0]
    if len(penalties) > 1:
        losses = _cross_validate(rotated.values, codes[some], classes, folds[some], penalties)
        best = min(losses, key=lambda penalty: losses[penalty])
    weight, bias = solve(rotated.values, codes[some], classes, best)
    if len(some) < len(table):
        best *= len(some) / len(table) if len(penalties) > 1 else 1.0
        weight, bias = fit_streamed(rotated, table, codes, (weight, bias), penalty=best)
    return _head(rotated, weight, bias), best


def _head(rotated: Rotated, weight: np.ndarray, bias: np.ndarray) -> LinearHead:
    """Return the head whose weights (classes, columns) are in the rotated basis."""
    full = rotated.unrotated(weight)
    return LinearHead(rotated.mean, rotated.scale, full.astype(np.float32), bias.astype(np.float32))


def _table(features: np.ndarray | FeatureTable) -> FeatureTable:
    """Return features as a table."""
    return features if isinstance(features, FeatureTable) else FeatureTable((features,), np.arange(len(features)))


def cross_validated_proba(
    features: np.ndarray | FeatureTable, codes: np.ndarray, classes: int, folds: np.ndarray, *, penalty: float
) -> np.ndarray:
    """Return the probabilities (rows, classes) of every row by the head that was fitted on the other folds.

    Features are standardised and rotated over all rows, which uses no labels.
    """
    return held_out_proba(rotate(_table(features)).values, codes, classes, folds, penalty, {})


def _cross_validate(
    values: np.ndarray, codes: np.ndarray, classes: int, folds: np.ndarray, penalties: Sequence[float]
) -> dict[float, float]:
    """Return the out-of-fold log loss of each penalty, stopping once weaker ones only get worse."""
    losses: dict[float, float] = {}
    starts: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for penalty in penalties:
        losses[penalty] = log_loss(codes, held_out_proba(values, codes, classes, folds, penalty, starts))
        if 1.05 * min(losses.values()) < min(losses[penalty], losses[penalties[0]]):
            break
    return losses


def held_out_proba(
    values: np.ndarray,
    codes: np.ndarray,
    classes: int,
    folds: np.ndarray,
    penalty: float,
    starts: dict[int, tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """Return out-of-fold probabilities (rows, classes), each fold solved from its start, which is replaced."""
    proba = np.zeros((len(codes), classes))
    for fold in np.unique(folds):
        held = folds == fold
        solved = solve(values[~held], codes[~held], classes, penalty, start=starts.get(int(fold)))
        starts[int(fold)] = solved
        proba[held] = softmax((values[held] @ solved[0].T + solved[1]).astype(np.float64), axis=1)
    return proba


def solve(
    values: np.ndarray,
    codes: np.ndarray,
    classes: int,
    penalty: float,
    *,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return weight (classes, columns) and bias (classes,) by scikit-learn, started from a near solution.

    Of fewer than two classes nothing can be learnt but which one it is.

    Parameters
    ----------
    weights : how much each row counts (rows,); all alike where None.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(codes)
    if len(present) < 2:
        return constant_rows(codes, classes, values.shape[1])
    model = LogisticRegression(C=1 / (penalty * len(codes)), max_iter=ITERATIONS, warm_start=start is not None)
    if start is not None:
        model.classes_ = present
        model.coef_, model.intercept_ = _for_binary(start[0][present], start[1][present])
    with warnings.catch_warnings(), one_thread():
        # Stopping early regularises a little more; the cross-validation judges what it gives.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(values, codes, sample_weight=weights)
    return head_rows(model, classes)


def constant_rows(codes: np.ndarray, classes: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (classes, width) and bias (classes,) that answer with the one class there is."""
    return np.zeros((classes, width)), np.where(np.isin(np.arange(classes), codes), 0.0, UNSEEN)


def head_rows(model: Any, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's weights as one row a class, also for classes it never saw."""
    present = model.classes_
    weight, bias = np.zeros((classes, model.coef_.shape[1])), np.full(classes, UNSEEN)
    if len(present) == 2:
        weight[present] = np.concatenate([-model.coef_, model.coef_]) / 2
        bias[present] = np.concatenate([-model.intercept_, model.intercept_]) / 2
    else:
        weight[present], bias[present] = model.coef_, model.intercept_
    return weight, bias


def _for_binary(weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two classes' weights as scikit-learn keeps them, in one row; more classes unchanged."""
    if len(weight) == 2:
        return weight[1:] - weight[:1], bias[1:] - bias[:1]
    return weight, bias
