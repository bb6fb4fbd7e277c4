"""The source as it came, with its own head: what not adapting at all would give."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.errors import NotApplicable
from warmstart.learning.linear import LinearHead
from warmstart.runtime.decode import Decoder
from warmstart.training.transferred import Transferred


class Untouched(Control):
    """The source's own classifier, where its labels cover the task's classes."""

    name = "untouched"
    summary = "the source with its own head, where it knows the classes already"
    borrows = True

    def applies(self, material: Material) -> None:
        """Only where every class of the task is a label of the source's head."""
        head = material.backbone.head
        if head is None:
            raise NotApplicable(f"the source '{material.backbone.card.name}' has no head of its own.")
        unknown = set(material.task.classes) - set(head.labels)
        if unknown:
            raise NotApplicable(f"the source's head does not know the class '{sorted(unknown)[0]}'.")

    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return the representation, whose last stage the head reads."""
        return material.representation

    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Pick the head's rows of the task's classes; nothing is fitted."""
        own = material.backbone.head
        if own is None:
            raise NotApplicable(f"the source '{material.backbone.card.name}' has no head of its own.")
        places = [own.labels.index(name) for name in material.task.classes]
        width = own.weight.shape[1]
        last = material.backbone.stages[-1].name
        pooled = material.representation.pooled[last].shape[1]
        weight = np.zeros((len(places), pooled), np.float32)
        weight[:, :width] = own.weight[places]
        ones = np.ones(pooled, np.float32)
        head = LinearHead(0 * ones, ones, weight, np.asarray(own.bias[places], np.float32))
        return Transferred(material.backbone, head, (last,), len(material.backbone.stages))
