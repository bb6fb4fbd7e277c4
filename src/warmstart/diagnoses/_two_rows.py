"""The smallest evidence there is, on which diagnoses of the data show what they do."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import DataFacts, Evidence, Predictions
from warmstart.core.task import Task
from warmstart.diagnoses._made_up import answers_of, made_up


def two_rows(facts: DataFacts) -> Evidence:
    """Return evidence of two rows that holds these facts."""
    truth, blind = np.arange(2), Predictions(np.full((2, 2), 0.5), np.zeros(2, dtype=np.int64))
    return made_up(
        truth,
        {"probe": answers_of(truth, sure=1.0), "majority": blind},
        task=Task(("no", "yes"), "image"),
        ids=("a.png", "c.png"),
        chosen="probe",
        candidate="probe",
        control="majority",
        data=facts,
    )
