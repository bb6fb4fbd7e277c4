"""What a strategy or a control works from: the rows, their labels, and what a source sees in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.representation import Representation
from warmstart.core.task import Task


@dataclass(frozen=True)
class Material:
    """The dataset and its class codes (rows,), and the source with its representation of it.

    A part reads labels only of the rows it is told to fit on. `views` are representations of the
    same rows after a change that leaves their labels alone (a mirror image); training may use them.
    """

    dataset: Dataset
    task: Task
    codes: np.ndarray
    backbone: Backbone
    representation: Representation
    views: tuple[Representation, ...] = ()

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.task.classes)
