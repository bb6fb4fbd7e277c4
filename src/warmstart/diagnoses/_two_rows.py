"""The smallest evidence there is, on which diagnoses of the data show what they do."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import DataFacts, Evidence, Predictions
from warmstart.core.task import Task


def two_rows(facts: DataFacts) -> Evidence:
    """Return evidence of two rows that holds these facts."""
    sure, blind = Predictions(np.eye(2), np.arange(2)), Predictions(np.full((2, 2), 0.5), np.zeros(2, dtype=np.int64))
    return Evidence(
        task=Task(("no", "yes"), "image"),
        metric="accuracy",
        evaluation="held-out",
        ids=("a.png", "c.png"),
        truth=np.arange(2),
        chosen="probe",
        candidate="probe",
        control="majority",
        predictions={"probe": sure, "majority": blind},
        data=facts,
    )
