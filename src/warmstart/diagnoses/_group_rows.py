"""The table of an attribute's groups: what the delivered model and the best control do in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.learning.carried_over import Audit
from warmstart.learning.group_gaps import Measured
from warmstart.learning.group_table import OVERCONFIDENCE, group_table
from warmstart.learning.intervals import Interval, around, no_surer_than, proportion, within_reach
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import stretch_of

MOST_SMALL = 12
Table = dict[str, dict[str, Any]]


def group_rows(evidence: Evidence, found: Audit, models: Mapping[str, Measured], attribute: str) -> dict[str, Any]:
    """Return "groups", a record each, the judged ones first, and the metric over all rows.

    A group that is too small to be judged, or whose rows belong together in too few units, has its value and no
    interval.

    Parameters
    ----------
    models : what the delivered model and, where there is one, the best control do in the judged groups.
    """
    names = {"delivered": evidence.chosen, "control": evidence.control}
    answers = {role: evidence.predictions[names[role]] for role in models}
    tables = {
        role: group_table(
            found.groups.labels[attribute],
            evidence.truth,
            answered,
            metric=evidence.metric,
            classes=evidence.task.classes,
        )
        for role, answered in answers.items()
    }
    judged = [place for place, group in enumerate(found.groups.judged) if group.attribute == attribute]
    small = [group for group in found.groups.small if group.attribute == attribute][:MOST_SMALL]
    rows = [_judged(evidence, found, models, place, tables) for place in judged]
    rows += [
        {"group": group.value, "rows": group.rows, "judged": False}
        | {role: {"value": table[group.value][evidence.metric]} for role, table in tables.items()}
        for group in small
    ]
    metric = METRICS[evidence.metric]
    overall = {role: metric(evidence.truth, answered.codes) for role, answered in answers.items()}
    return {"groups": rows, "overall": overall}


def _judged(
    evidence: Evidence, found: Audit, models: Mapping[str, Measured], place: int, tables: dict[str, Table]
) -> dict[str, Any]:
    """Return the record of a group: every number with its interval, error rates of classes that have rows enough."""
    group = found.groups.judged[place]
    stretch = float(found.model.inside_stretch[place])
    draws = {role: model.inside_draws[:, place, 0] for role, model in models.items()}
    values = {role: float(table[group.value][evidence.metric]) for role, table in tables.items()}
    own = tables["delivered"][group.value]
    gap_stretch = float(found.model.gap_stretch[place])
    gap = around(float(found.model.gap[place, 0]), found.model.gap_draws[:, place, 0], stretch=gap_stretch)
    surplus = around(own[OVERCONFIDENCE], found.model.inside_draws[:, place, -1], stretch=stretch)
    return {
        "group": group.value,
        "rows": group.rows,
        "judged": True,
        **{role: _headline(evidence, value, draws[role], group.rows, stretch) for role, value in values.items()},
        "gap": {**_known(within_reach(gap, -1.0, 1.0)), "p": float(found.judged.p[place, 0])},
        OVERCONFIDENCE: _known(within_reach(surplus, -1.0, 1.0)),
        "error_rates": {
            name: _share(evidence, share, 1 - found.model.inside_draws[:, place, 1 + code], count, stretch)
            for name, (share, count) in own["errors"].items()
            if not np.isnan(found.model.inside[place, 1 + (code := evidence.task.classes.index(name))])
        },
    }


def _headline(evidence: Evidence, value: float, draws: np.ndarray, rows: int, stretch: float) -> dict[str, float]:
    if evidence.metric == "accuracy":
        return _share(evidence, value, draws, rows, stretch)
    return _known(within_reach(around(value, draws, stretch=stretch), 0.0, 1.0))


def _share(evidence: Evidence, value: float, draws: np.ndarray, rows: int, stretch: float) -> dict[str, float]:
    """Return a share with its interval: Wilson's, or that of the draws of groups where it is the longer."""
    alone = proportion(value, rows, stretch=stretch_of(evidence))
    found = alone if evidence.groups is None else no_surer_than(alone, around(value, draws, stretch=stretch))
    return _known(within_reach(found, 0.0, 1.0))


def _known(found: Interval) -> dict[str, float]:
    """Return the value, with its ends where there are any."""
    return found.to_json() if np.isfinite([found.low, found.high]).all() else {"value": found.value}
