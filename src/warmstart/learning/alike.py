"""Rows that differ and that a source still sees alike: it gives them the same features, up to rounding."""

from __future__ import annotations

import numpy as np

ALIKE = 1e-5
"""Features that differ by less than this share of the largest are the same: arithmetic does not give more digits."""


def apart(values: np.ndarray) -> np.ndarray:
    """Return the places of the rows (rows, dimensions) that look like no earlier one, ascending.

    >>> apart(np.array([[1.0, 2.0], [5.0, 0.0], [1.0, 2.0000001]]))
    array([0, 1])
    """
    step = ALIKE * float(np.abs(values).max()) or 1.0
    return np.sort(np.unique(np.round(values / step), axis=0, return_index=True)[1])
