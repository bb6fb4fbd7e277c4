"""Partial fine-tuning: the trunk frozen, the top trained on cached boundary activations, from the best probe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.strategies._base import Assignment, Strategy

SHARES = (0.75, 0.5)


class Partial(Strategy):
    """LP-FT of the upper stages (Kumar et al., ICLR 2022): the frozen trunk never runs again."""

    name = "partial"
    summary = "the upper stages trained on cached activations, starting from the probe"
    extra = "train"
    iterative = True
    forgets = 1
    anchored = True

    def turn(self, modality: str) -> int:
        """Return the first place among those that leave the trunk alone."""
        return 1

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return cuts at three quarters and at half of the stages."""

        cuts = [round(share * len(backbone.stages)) for share in SHARES]
        return [{"cut": backbone.cut_name(cut)} for cut in dict.fromkeys(cuts)]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Train the stages above the cut."""
        from warmstart.training.fine_tuning import fine_tune

        return fine_tune(material, assignment)
