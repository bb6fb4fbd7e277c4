"""How far from the training rows a row like them may be: what tells inputs that are unlike anything trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warmstart.core.evidence import Novelty
from warmstart.core.feature_reference import FeatureReference
from warmstart.errors import NotApplicable
from warmstart.flow.choose import Ready
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Workbench
from warmstart.learning.feature_space import compared_with, feature_space
from warmstart.learning.many_rows import spread

COMPARED = 1 / 3
MOST_ROWS, FEWEST_ROWS = 2000, 100
SHARE_OF_BUDGET = 0.01
"""Of the budget at most, for features that must be computed anew because training has changed them."""


def feature_reference(bench: Workbench, ready: Ready, heat: Heat) -> FeatureReference:
    """Return class means and covariance of the delivered model's features, and honest distances to compare with.

    The source's features as they are owe nothing to the fitted rows: two thirds of those give the means, the others
    the distances. Features that training changed give the means of the training rows; the distances are those of
    validation rows, by the model as it was raced, which has not seen them, from its own means.

    Parameters
    ----------
    ready : the model fitted on all rows of the heat; its trial holds the one fitted on the training rows.

    Raises
    ------
    NotApplicable : the model has no such features, or there are too few rows.
    """
    inputs, codes, most = inputs_of(bench, ready), bench.material.codes, _rows_in_time(bench, ready)
    raced = ready.trial.adapted
    if raced is None or not ready.adapted.learned_features:
        raced = ready.adapted
        train, others = bench.rows.part(heat.fitted, COMPARED, seed=bench.tools.config.seed)
    else:
        train, others = heat.train, np.setdiff1d(heat.validation, heat.train)
        if not len(others):
            raise NotApplicable("with so few labels every row trained its features, and none is left to compare with.")
    train, others = spread(train, most), spread(others, most)
    space = feature_space(raced.embedding(inputs, train), codes[train])
    distances = space.distance(raced.embedding(inputs, others))
    if raced is not ready.adapted:
        space = feature_space(ready.adapted.embedding(inputs, train), codes[train])
    return compared_with(space, distances)


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
    p_values = known.p_values(ready.adapted.embedding(inputs_of(bench, ready), rows))
    return Novelty(p_values, distances=len(known.distances))


def put_together(parts: Sequence[tuple[np.ndarray, Novelty]], rows: np.ndarray) -> Novelty:
    """Return what was found of the rows of every outer fold, in the order of `rows`."""
    p_values = np.full(len(rows), np.nan)
    for tested, found in parts:
        p_values[np.searchsorted(rows, tested)] = found.p_values
    reason = next((found.reason for _, found in parts if found.reason), "")
    return Novelty(p_values, reason, distances=min(found.distances for _, found in parts))


def _rows_in_time(bench: Workbench, ready: Ready) -> int:
    """Return how many rows may go through changed layers, three times over: by the plan, not by the clock."""
    if not ready.adapted.learned_features:
        return MOST_ROWS
    row = bench.plan.train_row[str(ready.trial.setting.get("cut", "input"))]
    most = SHARE_OF_BUDGET * bench.plan.budget_seconds / max(3 * row, 1e-9)
    return int(min(MOST_ROWS, max(FEWEST_ROWS, most)))
