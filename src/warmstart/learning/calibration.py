"""Probabilities that mean what they say, and decisions that suit the metric; both fitted on validation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from warmstart.core.decision import decide
from warmstart.learning.metrics import CLIP, log_loss, row_losses

EXPONENTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def soften(proba: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities (rows, classes) whose logits are divided by the temperature."""
    logits = np.log(np.clip(proba, CLIP, 1.0)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(truth: np.ndarray, proba: np.ndarray) -> float:
    """Return the temperature that calibrates (Guo et al., ICML 2017), or 1 where it does not help.

    It helps if, fitted on one half of the rows of every class, it lowers the log loss of the other half,
    both ways round, by more than one standard error.

    Parameters
    ----------
    truth : class codes (rows,) of rows that the model was not fitted on.
    proba : its probabilities (rows, classes).
    """
    half = np.empty(len(truth), dtype=bool)
    half[np.argsort(truth, kind="stable")] = np.arange(len(truth)) % 2 == 0
    if half.sum() < 2 or (~half).sum() < 2:
        return 1.0
    crossed = np.empty(len(truth))
    for part in (half, ~half):
        crossed[~part] = row_losses(truth[~part], soften(proba[~part], _best(truth[part], proba[part])))
    gained = row_losses(truth, proba) - crossed
    return _best(truth, proba) if gained.mean() > gained.std(ddof=1) / np.sqrt(len(truth)) else 1.0


def fit_decision(
    truth: np.ndarray, proba: np.ndarray, metric: Callable[[np.ndarray, np.ndarray], float], priors: np.ndarray
) -> np.ndarray:
    """Return class weights (classes,) such that argmax(proba * weights) suits the metric.

    Weights are powers of the inverse priors; the power is chosen on validation, 0 (plain argmax)
    where nothing is gained. Probabilities stay as they are, so that calibration is not touched.
    """
    weights = [np.power(np.clip(priors, CLIP, 1.0), -exponent) for exponent in EXPONENTS]
    gains = [metric(truth, decide(proba, weight)) for weight in weights]
    best = weights[int(np.argmax(gains))]
    return np.asarray(best / best.max())


def _best(truth: np.ndarray, proba: np.ndarray) -> float:
    found = minimize_scalar(
        lambda power: log_loss(truth, soften(proba, float(np.exp(power)))), bounds=(-2.0, 2.0), method="bounded"
    )
    return float(np.exp(found.x))
