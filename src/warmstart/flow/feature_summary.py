"""The summary of features that every bundle has (reference.json): what new inputs are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from warmstart.core.representation import Representation
from warmstart.learning.rotation import moments


def feature_summary(
    representation: Representation, stage: str, rows: np.ndarray, codes: np.ndarray, classes: Sequence[str]
) -> dict[str, Any]:
    """Return mean and deviation of every feature of a stage over some rows, and how many rows are of each class.

    Parameters
    ----------
    rows, codes : row numbers and their class codes (rows,).
    """
    mean, deviation = moments(representation.table([stage], rows))
    counts = np.bincount(codes, minlength=len(classes))
    return {
        "stage": stage,
        "rows": len(rows),
        "mean": [round(float(value), 6) for value in mean],
        "deviation": [round(float(value), 6) for value in deviation],
        "classes": {name: int(count) for name, count in zip(classes, counts, strict=True)},
    }
