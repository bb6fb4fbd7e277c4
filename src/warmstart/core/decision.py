"""How a class is decided from probabilities."""

from __future__ import annotations

import numpy as np


def decide(proba: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the class codes (rows,) of the highest weighted probability.

    Parameters
    ----------
    proba : probabilities (rows, classes).
    weights : decision weights (classes,); ones decide for the most probable class.

    >>> decide(np.array([[0.6, 0.4]]), np.array([1.0, 2.0])).tolist()
    [1]
    """
    return np.asarray((np.asarray(proba) * np.asarray(weights)).argmax(axis=1))
