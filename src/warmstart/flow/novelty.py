"""How far from the training rows a row like them may be: what tells inputs that are unlike anything trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.evidence import Novelty
from warmstart.core.feature_reference import FeatureReference
from warmstart.errors import NotApplicable
from warmstart.flow.choose import Ready
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.split import OUTER_FOLDS
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Workbench
from warmstart.learning.feature_space import compared_with, feature_space, moved_by

COMPARED = 1 / 3
MOST_ROWS, FEWEST_ROWS = 2000, 100
SHARE_OF_BUDGET = 0.03
"""Of the budget at most, for features that must be computed anew because training has changed them; all outer folds
together have as much again."""
PASSES, OF_TRAINING = 1.25, 1 / 3
"""Rows that go through changed layers for every training row that does, about: those that are compared, too; and what a
pass costs of training on a row, whose way back takes twice as long as its way forward."""


def feature_reference(
    bench: Workbench, ready: Ready, heat: Heat, *, share: float = SHARE_OF_BUDGET
) -> FeatureReference:
    """Return class means and covariance of the delivered model's features, and honest distances to compare with.

    The source's features as they are owe nothing to the fitted rows: two thirds of those give the means, the others
    the distances, and then they move the means. Of features that training changed the means are those of the training
    rows, moved by the validation rows; the distances are those of the latter, by the model as it was raced, which has
    not seen them, from its own means.

    Parameters
    ----------
    ready : the model fitted on all rows of the heat; its trial holds the one fitted on the training rows.
    share : of the budget at most, for features that training has changed.

    Raises
    ------
    NotApplicable : the model has no such features, or there are too few rows.
    """
    inputs, codes = inputs_of(bench, ready), bench.material.codes
    raced = ready.trial.adapted
    if raced is None or not ready.adapted.learned_features:
        raced = ready.adapted
        train, others = bench.rows.part(heat.fitted, COMPARED, seed=bench.tools.config.seed)
    else:
        train, others = heat.train, np.setdiff1d(heat.validation, heat.train)
        if not len(others):
            raise NotApplicable("with so few labels every row trained its features, and none is left to compare with.")
    most = _rows_in_time(bench, ready, share, models=1 if raced is ready.adapted else 2)
    train, others = (
        rows[np.linspace(0, len(rows) - 1, min(len(rows), most), dtype=np.int64)] for rows in (train, others)
    )
    space, columns = _seen(raced, inputs, codes, train, others)
    distances = space.distance_of_columns(columns)
    if raced is not ready.adapted:
        space, columns = _seen(ready.adapted, inputs, codes, train, others)
    return moved_by(compared_with(space, distances), codes[train], columns, codes[others])


def _seen(
    model: Adapted, inputs: Any, codes: np.ndarray, train: np.ndarray, others: np.ndarray
) -> tuple[FeatureReference, np.ndarray]:
    """Return the space of the training rows' features by a model, and where it has the other rows."""
    space = feature_space(model.embedding(inputs, train), codes[train])
    return space, space.columns(model.embedding(inputs, others))


def known_features(
    bench: Workbench, ready: Ready, heat: Heat, *, share: float = SHARE_OF_BUDGET
) -> tuple[FeatureReference | None, str]:
    """Return the same, or None and the reason, as a clause, why it cannot be had."""
    try:
        return feature_reference(bench, ready, heat, share=share), ""
    except NotApplicable as reason:
        return None, str(reason)


def novelty(bench: Workbench, ready: Ready, heat: Heat, rows: np.ndarray) -> Novelty:
    """Return how unlike the rows of an outer fold other rows are, by a model that was fitted on the fold."""
    known, reason = known_features(bench, ready, heat, share=SHARE_OF_BUDGET / OUTER_FOLDS)
    if known is None:
        return Novelty(np.full(len(rows), np.nan), reason)
    p_values = known.p_values(ready.adapted.embedding(inputs_of(bench, ready), rows))
    return Novelty(p_values, distances=len(known.distances))


def put_together(parts: Sequence[tuple[np.ndarray, Novelty]], rows: np.ndarray) -> Novelty:
    """Return what was found of the rows of every outer fold, in the order of `rows`."""
    p_values = np.full(len(rows), np.nan)
    for tested, found in parts:
        p_values[np.searchsorted(rows, tested)] = found.p_values
    reason = next((found.reason for _, found in parts if found.reason), "")
    return Novelty(p_values, reason, distances=min(found.distances for _, found in parts))


def _rows_in_time(bench: Workbench, ready: Ready, share: float, *, models: int) -> int:
    """Return how many rows may go through changed layers of so many models: by the plan, not by the clock."""
    if not ready.adapted.learned_features:
        return MOST_ROWS
    row = models * PASSES * OF_TRAINING * bench.plan.train_row[str(ready.trial.setting.get("cut", "input"))]
    most = share * bench.plan.budget_seconds / max(row, 1e-9)
    return int(min(MOST_ROWS, max(FEWEST_ROWS, most)))
