"""The same architecture from random weights: what the data alone can teach it in the same time."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.errors import NotApplicable
from warmstart.runtime.decode import Decoder


class Scratch(Control):
    """The source's architecture with weights drawn anew, trained on prepared inputs."""

    name = "scratch"
    summary = "the same architecture without the source's weights, for the same training time"
    extra = "train"
    iterative = True

    def applies(self, material: Material) -> None:
        """Wherever the prepared inputs were kept."""
        if 0 not in material.representation.boundaries:
            raise NotApplicable("the prepared inputs were not kept, because one epoch from scratch exceeds its limit.")

    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return the representation: its boundary at cut 0 holds the prepared inputs."""
        return material.representation

    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Train everything for the granted epochs."""
        if terms.epochs < 1:
            raise NotApplicable("one epoch from scratch exceeds its share of the budget.")
        from warmstart.training.from_scratch import train_from_scratch

        return train_from_scratch(material, rows, terms)
