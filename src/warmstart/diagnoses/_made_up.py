"""Evidence made up of answers, on which diagnoses show what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task


def answers_of(codes: np.ndarray, *, sure: float | np.ndarray = 0.9) -> Predictions:
    """Return the answers of a model of two classes.

    Parameters
    ----------
    codes : what it decides (rows,), 0 or 1.
    sure : the probability that it gives to what it decides, of all rows or of each (rows,).
    """
    given = np.reshape(sure, (-1, 1))
    return Predictions(np.where(np.arange(2) == codes[:, None], given, 1 - given), codes)


def made_up(truth: np.ndarray, predictions: Mapping[str, Predictions], **changes: Any) -> Evidence:
    """Return evidence of held-out rows of two classes; "delivered", "candidate" and "control" are what they say.

    Parameters
    ----------
    truth : class codes (rows,), 0 or 1.
    predictions : by model, its answers for the rows.
    changes : further fields of the evidence, or others in place of these.
    """
    values: dict[str, Any] = {
        "task": Task(("a", "b"), "image"),
        "metric": "accuracy",
        "evaluation": "held-out",
        "ids": tuple(map(str, range(len(truth)))),
        "truth": truth,
        "chosen": "delivered",
        "candidate": "candidate",
        "control": "control",
        "predictions": predictions,
    }
    return Evidence(**values | changes)
