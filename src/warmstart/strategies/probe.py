"""A linear probe: the source as it is, and a regularised linear head on its pooled features."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.learning.few_rows import fit_few, upper
from warmstart.learning.linear import PENALTIES, fit_logistic
from warmstart.learning.ridge import leave_one_out_accuracy
from warmstart.strategies._base import Assignment, Strategy
from warmstart.training.transferred import Transferred

MOST_ROWS = 1500


class Probe(Strategy):
    """Multinomial logistic regression on pooled features (Alain & Bengio, 2016), on one stage or on all."""

    name = "probe"
    summary = "the source as it is, with a regularised linear head on its features"

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the last stage, the best single stage, and all stages together."""
        last = backbone.stages[-1].name
        return [{"stages": "last", "cut": last}, {"stages": "best", "cut": last}, {"stages": "all", "cut": last}]

    def settings_for_few(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the upper stages under a fixed prior: nothing is chosen on few rows."""
        return [{"stages": "upper", "prior": "fixed", "cut": backbone.stages[-1].name}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Fit the head, its penalty by cross-validated log loss, or fixed where rows are few."""
        start = time.perf_counter()
        stages = self._stages(material, assignment)
        features, codes = material.representation.table(stages, assignment.rows), material.codes[assignment.rows]
        known = assignment.setting.get("penalty")
        if "prior" in assignment.setting:
            found = fit_few(features, codes, material.classes, material.backbone.modality)
            head, penalty = found.head, found.penalty
        else:
            penalties = PENALTIES if known is None else (known,)
            head, penalty = fit_logistic(features, codes, material.classes, assignment.folds, penalties=penalties)
        seconds = time.perf_counter() - start
        cut = len(material.backbone.stages)
        learned = {"penalty": penalty, "stages": "+".join(stages)}
        return Transferred(material.backbone, head, stages, cut, seconds_=seconds, learned_=learned)

    def _stages(self, material: Material, assignment: Assignment) -> tuple[str, ...]:
        """Return the stages that the setting names."""
        names = tuple(stage.name for stage in material.backbone.stages)
        if assignment.setting["stages"] == "all":
            return names
        if assignment.setting["stages"] == "last":
            return names[-1:]
        if assignment.setting["stages"] == "upper":
            return upper(names)
        if assignment.setting["stages"] != "best":
            return tuple(str(assignment.setting["stages"]).split("+"))
        rows = assignment.rows[:: -(-len(assignment.rows) // MOST_ROWS)]
        scores = {
            name: leave_one_out_accuracy(material.representation.features([name], rows), material.codes[rows])
            for name in names
        }
        return (max(names, key=lambda name: scores[name]),)
