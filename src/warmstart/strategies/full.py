"""Full fine-tuning: every layer, lower rates below, from the best probe, and interpolated with the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.learning.metrics import log_loss
from warmstart.strategies._base import Assignment, Strategy

BLENDS = (0.4, 0.6, 0.8, 1.0)


class Full(Strategy):
    """LP-FT of all layers (Kumar et al., ICLR 2022), then WiSE-FT (Wortsman et al., CVPR 2022).

    The share of the fine-tuned weights in the interpolation with the source is chosen on validation,
    and kept when the strategy is fitted again on all rows.
    """

    name = "full"
    summary = "all layers trained, lower rates below, interpolated with the source"
    extra = "train"
    iterative = True
    fewest_epochs = 3
    forgets = 2
    anchored = True

    def turn(self, modality: str) -> int:
        """Return the first place on texts, whose lower layers gain from it too, and else the last."""
        return 0 if modality == "text" else 3

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the one cut there is: below everything."""
        return [{"cut": "input"}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Train everything, then choose how far to go from the source."""
        from warmstart.training.fine_tuning import blend, blends, fine_tune

        start: Any = assignment.start
        tuned, rows = fine_tune(material, assignment, decay=0.9), assignment.validation
        share = assignment.setting.get("blend", BLENDS[-1])
        if len(rows) and "blend" not in assignment.setting:
            losses = [_loss(material, one, rows) for one in blends(tuned, start, BLENDS)]
            share = BLENDS[int(np.argmin(losses))]
        return replace(blend(tuned, start, share), learned_={"blend": share})


def _loss(material: Material, adapted: Adapted, rows: np.ndarray) -> float:
    return log_loss(material.codes[rows], adapted.predict_proba(material.representation, rows))
