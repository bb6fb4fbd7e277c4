"""Evidence of rows of two kinds, on which the delivered model errs at a rate a kind, and a control at one rate."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.diagnoses._made_up import answers_of, made_up

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
        answers_of(np.where(rng.random(ROWS) < np.array(shares)[kind], 1 - truth, truth), sure=0.85)
        for shares in (wrong, control)
    )
    return made_up(
        truth,
        {"delivered": delivered, "candidate": delivered, "control": beside, "hog": beside},
        attributes={"kind": np.array(["smooth", "rough"])[kind]},
    )
