"""Metrics of a classifier, each a function of true codes and what was answered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

CLIP = 1e-7


def accuracy(truth: np.ndarray, codes: np.ndarray) -> float:
    """Return the share of rows (0 to 1) whose code is right."""
    return float(np.mean(truth == codes))


def balanced_accuracy(truth: np.ndarray, codes: np.ndarray) -> float:
    """Return the mean recall over the classes that occur in `truth`."""
    hits, there, _ = _counts(truth, codes)
    return float(np.mean(hits[there > 0] / there[there > 0]))


def macro_f1(truth: np.ndarray, codes: np.ndarray) -> float:
    """Return the unweighted mean of F1 over the classes that occur in truth or answers."""
    hits, there, answered = _counts(truth, codes)
    either = there + answered
    return float(np.mean(2 * hits[either > 0] / either[either > 0]))


def _counts(truth: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many rows of each class are answered rightly, how many there are, and how often it is answered."""
    classes = 1 + int(max(truth.max(), codes.max()))
    hits = np.bincount(truth[truth == codes], minlength=classes)
    return hits, np.bincount(truth, minlength=classes), np.bincount(codes, minlength=classes)


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
}


def row_losses(truth: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return minus the log of the probability given to the true class, of shape (rows,), in nats."""
    return -np.log(np.clip(proba[np.arange(len(truth)), truth], CLIP, 1.0))


def log_loss(truth: np.ndarray, proba: np.ndarray) -> float:
    """Return the mean of `row_losses`."""
    return float(np.mean(row_losses(truth, proba)))


def expected_calibration_error(truth: np.ndarray, proba: np.ndarray, *, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal width (Guo et al., ICML 2017)."""
    return calibration_gap(proba.max(axis=1), proba.argmax(axis=1) == truth, bins=bins)


def calibration_gap(sure: np.ndarray, right: np.ndarray, *, bins: int = 15) -> float:
    """Return the expected calibration error of highest probabilities (rows,), and whether each class was right."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, weights=right - sure)).sum() / len(sure))


def confusion(truth: np.ndarray, codes: np.ndarray, classes: int) -> np.ndarray:
    """Return counts of shape (classes, classes): rows are the truth, columns the answer."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (truth, codes), 1)
    return table
