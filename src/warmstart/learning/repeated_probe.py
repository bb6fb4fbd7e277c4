"""What a linear probe answers for every row by a model that was not fitted on it, several times over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warmstart.core.representation import FeatureTable
from warmstart.learning.linear import held_out_proba
from warmstart.learning.metrics import row_losses
from warmstart.learning.rotation import rotate

PENALTIES = (1e-2, 1e-3, 1e-4)


def repeated_answers(
    features: FeatureTable, codes: np.ndarray, classes: int, repeats: Sequence[np.ndarray]
) -> np.ndarray:
    """Return the class that each row is given by the probe that was fitted on the other folds, (repeats, rows).

    Features are standardised and rotated over all rows, which uses no labels. The penalty of a fold is the one with
    the lowest log loss on the rows of the other folds, each of which was held out in its turn, by models that had this
    fold's rows; whatever is compared so is treated alike.

    Parameters
    ----------
    repeats : per repeat, the fold number of every row (rows,).
    """
    values = rotate(features).values
    return np.stack([_answers(values, codes, classes, folds) for folds in repeats])


def _answers(values: np.ndarray, codes: np.ndarray, classes: int, folds: np.ndarray) -> np.ndarray:
    starts: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    probas = np.stack([held_out_proba(values, codes, classes, folds, penalty, starts) for penalty in PENALTIES])
    losses = np.stack([row_losses(codes, proba) for proba in probas])
    answers = np.zeros(len(codes), dtype=np.int64)
    for fold in np.unique(folds):
        held = folds == fold
        best = int(losses[:, ~held].mean(axis=1).argmin())
        answers[held] = probas[best][held].argmax(axis=1)
    return answers
