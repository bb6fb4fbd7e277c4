"""Evidence made up of codes, for tests that need no model."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task


def predictions(codes: np.ndarray, *, classes: int = 2, sure: float = 0.8) -> Predictions:
    """Return answers that are equally sure of every code."""
    rest = (1 - sure) / (classes - 1)
    return Predictions(np.where(np.arange(classes) == np.asarray(codes)[:, None], sure, rest), np.asarray(codes))


def evidence(truth: np.ndarray, *, classes: tuple[str, ...] = ("a", "b"), **changes: Any) -> Evidence:
    """Return evidence of a delivered model that is always right beside a control that is right half of the time."""
    guessed = np.where(np.arange(len(truth)) % 4 < 2, truth, (truth + 1) % len(classes))
    delivered, control = (predictions(codes, classes=len(classes)) for codes in (truth, guessed))
    values: dict[str, Any] = {
        "task": Task(classes, "text"),
        "metric": "accuracy",
        "evaluation": "held-out",
        "ids": tuple(f"row {row}" for row in range(len(truth))),
        "truth": truth,
        "chosen": "delivered",
        "candidate": "delivered",
        "control": "control",
        "predictions": {"delivered": delivered, "control": control},
        "hashes": tuple(f"{row:064x}" for row in range(len(truth))),
    }
    return Evidence(**values | changes)


def answered(truth: np.ndarray, candidate: np.ndarray, control: np.ndarray, **changes: Any) -> Evidence:
    """Return evidence of a delivered candidate and a control that answered these codes (rows,) for certain."""
    found = {name: predictions(codes, sure=1.0) for name, codes in (("candidate", candidate), ("control", control))}
    return evidence(truth, **{"chosen": "candidate", "candidate": "candidate", "predictions": found, **changes})
