"""How far from the training rows a row like them may be: what tells inputs that are unlike anything trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.evidence import Novelty
from warmstart.core.feature_reference import FeatureReference
from warmstart.errors import NotApplicable
from warmstart.flow.choose import Ready
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Workbench
from warmstart.learning.feature_space import compared_with, feature_space, out_of_fold_distances

MOST_ROWS, FEWEST_ROWS = 2000, 100
SHARE_OF_BUDGET = 0.01
"""Of the budget at most, for features that must be computed anew because training has changed them."""


def feature_reference(bench: Workbench, ready: Ready, heat: Heat) -> FeatureReference:
    """Return class means and covariance of the delivered model's features, and honest distances to compare with.

    Where the source's features are delivered as they are, the distances are out of fold: each row's from
    the means of rows that do not hold it. Where training changed them, they are those of validation rows, by the
    model as it was raced, which has not seen them.

    Parameters
    ----------
    ready : the model fitted on all rows of the heat; its trial holds the one fitted on the training rows.

    Raises
    ------
    NotApplicable : the model has no such features, or there are too few rows.
    """
    inputs, codes = inputs_of(bench, ready), bench.material.codes
    most = _rows_in_time(bench, ready)

    def features(model: Adapted, rows: np.ndarray) -> np.ndarray:
        return model.embedding(inputs, rows)

    fitted = _spread(heat.fitted, most)
    space = feature_space(delivered := features(ready.adapted, fitted), codes[fitted])
    raced = ready.trial.adapted
    if raced is None or not ready.adapted.learned_features:
        folds = bench.rows.folds(fitted, INNER_FOLDS, seed=bench.tools.config.seed)
        return compared_with(space, out_of_fold_distances(delivered, codes[fitted], folds))
    train, validation = _spread(heat.train, most), _spread(heat.validation, most)
    before = feature_space(features(raced, train), codes[train])
    return compared_with(space, before.distance(features(raced, validation)))


def known_features(bench: Workbench, ready: Ready, heat: Heat) -> tuple[FeatureReference | None, str]:
    """Return the same, or None and the reason, as a clause, why it cannot be had."""
    try:
        return feature_reference(bench, ready, heat), ""
    except NotApplicable as reason:
        return None, str(reason)


def novelty(bench: Workbench, ready: Ready, heat: Heat, rows: np.ndarray) -> Novelty:
    """Return how unlike the rows of the heat other rows are, by a model that was fitted on the heat."""
    known, reason = known_features(bench, ready, heat)
    if known is None:
        return Novelty(np.full(len(rows), np.nan), reason)
    return Novelty(known.p_values(ready.adapted.embedding(inputs_of(bench, ready), rows)))


def put_together(parts: Sequence[tuple[np.ndarray, Novelty]], rows: np.ndarray) -> Novelty:
    """Return what was found of the rows of every outer fold, in the order of `rows`."""
    p_values = np.full(len(rows), np.nan)
    for tested, found in parts:
        p_values[np.searchsorted(rows, tested)] = found.p_values
    return Novelty(p_values, next((found.reason for _, found in parts if found.reason), ""))


def _rows_in_time(bench: Workbench, ready: Ready) -> int:
    """Return how many rows may go through changed layers, three times over: by the plan, not by the clock."""
    if not ready.adapted.learned_features:
        return MOST_ROWS
    row = bench.plan.train_row[str(ready.trial.setting.get("cut", "input"))]
    most = SHARE_OF_BUDGET * bench.plan.budget_seconds / max(3 * row, 1e-9)
    return int(min(MOST_ROWS, max(FEWEST_ROWS, most)))


def _spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many of the rows, evenly spread."""
    return rows[:: max(1, -(-len(rows) // most))]
