"""What a way of pre-training is: a loss, and what is trained beside the network."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.part import Part
from warmstart.core.representation import Boundary

if TYPE_CHECKING:
    from torch import Tensor, nn

    from warmstart.training.stages import StagedModule


@dataclass(frozen=True)
class Lesson:
    """What is trained, and on what.

    Parameters
    ----------
    backbone : the source.
    module : its network, changed in place.
    inputs : the prepared inputs (cut 0) of every row; where tasks are drawn, their activations at `cut`.
    cut : the stages below it are frozen.
    """

    backbone: Backbone
    module: StagedModule
    inputs: Boundary
    cut: int


class Objective(Part):
    """One way to go on training a source; rows are named by their numbers in the lesson's inputs."""

    modalities: ClassVar[tuple[str, ...]]
    """What it is for: "image", "text" or both."""

    episodic: ClassVar[bool] = False
    """Whether it learns from labels: its batches are tasks, row numbers of shape (classes, members)."""

    by_default: ClassVar[bool] = False
    """Whether it is taken where the user names none; one a modality, with labels and without."""

    batch: ClassVar[int] = 32
    """Rows a step; a task has as many as it has."""

    steps: ClassVar[int] = 5
    """Steps a round, where the budget pays for so many; more where looking at the network takes long."""

    rate: ClassVar[float] = 1e-4
    """AdamW learning rate of the last stage."""

    head_rate: ClassVar[float] = 1e-3
    """That of what `head` returns."""

    @abstractmethod
    def head(self, lesson: Lesson) -> nn.Module:
        """Return what is trained beside the network and thrown away afterwards.

        Raises
        ------
        NotApplicable : the source lacks something that this needs.
        """

    @abstractmethod
    def loss(self, lesson: Lesson, head: nn.Module, rows: np.ndarray) -> Tensor:
        """Return the loss of a batch of rows; whatever is random is drawn from torch's own generator."""

    @classmethod
    def example(cls) -> Any:
        """Objectives run on the contract test's own tiny sources."""
        return None
