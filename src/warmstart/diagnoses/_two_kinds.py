"""Evidence of rows of two kinds, on which the delivered model errs at a rate a kind, and a control at one rate."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task

ROWS = 600


def two_kinds(wrong: tuple[float, float], *, control: tuple[float, float] = (0.16, 0.16)) -> Evidence:
    """Return evidence of 600 rows, half of each kind.

    Parameters
    ----------
    wrong, control : shares of the rows of either kind that the delivered model and the control get wrong.
    """
    rng = np.random.default_rng(0)
    truth, kind = np.arange(ROWS) % 2, np.arange(ROWS) // 2 % 2
    delivered, beside = (
        _answers(np.where(rng.random(ROWS) < np.array(shares)[kind], 1 - truth, truth)) for shares in (wrong, control)
    )
    return Evidence(
        task=Task(("a", "b"), "image"),
        metric="accuracy",
        evaluation="held-out",
        ids=tuple(str(row) for row in range(ROWS)),
        truth=truth,
        chosen="delivered",
        candidate="candidate",
        control="control",
        predictions={"delivered": delivered, "candidate": delivered, "control": beside, "hog": beside},
        attributes={"kind": np.array(["smooth", "rough"])[kind]},
    )


def _answers(codes: np.ndarray) -> Predictions:
    return Predictions(np.where(np.arange(2) == codes[:, None], 0.85, 0.15), codes)
