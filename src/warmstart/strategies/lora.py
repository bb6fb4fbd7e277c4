"""Low-rank adapters: the trunk frozen, and small corrections learned beside the layers of the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.strategies._base import Assignment, Strategy

SHARE = 0.5
RANK = 8


class Lora(Strategy):
    """LoRA (Hu et al., ICLR 2022) of the upper stages, on cached activations, from the best probe.

    What it learns is a difference of low rank, so that it can overfit few rows less than training the
    same layers can.
    """

    name = "lora"
    summary = "low-rank corrections to the upper stages, trained on cached activations"
    extra = "train"
    iterative = True
    forgets = 1

    def turn(self, modality: str) -> int:
        """Return the place after partial fine-tuning, which rarely loses to it."""
        return 2

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the cut at half of the stages."""
        return [{"cut": backbone.cut_name(round(SHARE * len(backbone.stages))), "rank": RANK}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Train the adapters and the head."""
        from warmstart.training.fine_tuning import fine_tune

        return fine_tune(material, assignment)
