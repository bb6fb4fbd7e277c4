"""How a model's validation answers are softened and turned into classes, and what every row then counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.decision import decide
from warmstart.learning.calibration import fit_decision, fit_temperature, soften
from warmstart.learning.metrics import METRICS


@dataclass(frozen=True)
class Calibrated:
    """Validation answers as they would be given.

    Parameters
    ----------
    temperature, weights : what softens the probabilities, and what turns them into classes (classes,).
    proba, codes : softened probabilities (rows, classes), and decided codes (rows,).
    """

    temperature: float
    weights: np.ndarray
    proba: np.ndarray
    codes: np.ndarray


def calibrated(truth: np.ndarray, proba: np.ndarray, metric: str, shares: np.ndarray) -> Calibrated:
    """Fit a temperature and, for a metric that rare classes count in, decision weights on validation rows.

    Parameters
    ----------
    truth, proba : class codes (rows,) and probabilities (rows, classes).
    shares : of the classes among all rows that may be fitted (classes,): a rare one may be absent from validation.
    """
    temperature = fit_temperature(truth, proba)
    softened = soften(proba, temperature)
    weights = np.ones(proba.shape[1])
    if metric != "accuracy":
        weights = fit_decision(truth, softened, METRICS[metric], shares)
    return Calibrated(temperature, weights, softened, decide(softened, weights))


def hits(codes: np.ndarray, truth: np.ndarray, metric: str) -> np.ndarray:
    """Return what every row adds to the metric's mean (rows,): a hit, or that by its class's share.

    The second is balanced accuracy, and near enough macro F1.
    """
    found = np.asarray(codes == truth, dtype=np.float64)
    counts = np.bincount(truth)
    return found if metric == "accuracy" else found * len(truth) / (counts[truth] * np.count_nonzero(counts))
