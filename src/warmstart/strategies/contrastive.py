"""Contrastive adaptation: all but the lowest stages trained on pairs of a few rows, then a head on what they give."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.core.representation import FeatureTable
from warmstart.learning.few_rows import fit_few, upper
from warmstart.strategies._base import Assignment, Strategy

SHARE = 0.2


class Contrastive(Strategy):
    """SetFit's idea (Tunstall et al., 2022) on cached boundary activations: the frozen trunk never runs again.

    Few labels make many pairs, and pairs train the embedding itself; the head on it is the probe for few labels.
    """

    name = "contrastive"
    summary = "all but the lowest stages trained on pairs of rows, alike or not; made for few labels"
    extra = "train"
    iterative = True
    for_few = True
    proven = ("text",)
    fewest_epochs = 3
    forgets = 1

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the cut at a fifth of the stages: few rows make it cheap to train deep, and deep is better."""
        return [{"cut": backbone.cut_name(round(SHARE * len(backbone.stages)))}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Train the stages above the cut, and fit a head on the upper ones."""
        from warmstart.training.contrastive import draw_together

        start, rows = time.perf_counter(), assignment.rows
        tuned = draw_together(material, assignment)
        pooled = tuned.pooled(material.representation, rows)
        tuned.stages = upper(tuple(pooled))
        features = FeatureTable(tuple(pooled[stage] for stage in tuned.stages), np.arange(len(rows)))
        modality = material.backbone.modality
        tuned.head = fit_few(features, material.codes[rows], material.classes, modality).head
        tuned.seconds_ = time.perf_counter() - start
        return tuned
