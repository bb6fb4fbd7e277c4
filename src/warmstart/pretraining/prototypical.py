"""Prototypical networks: learn, on many small tasks, to tell classes by the mean of a few examples of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from warmstart.pretraining._base import Lesson, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn

SHARPNESS = 10.0
"""By what the cosines are multiplied at first."""


class Prototypical(Objective):
    """Prototypical networks (Snell, Swersky and Zemel, NeurIPS 2017) with scaled cosines (Chen et al., ICCV 2021).

    A step is a task, as a user with few labels has it: a few classes of one labelled set, a few examples of each, and
    other rows of them to be told. What lies below the cut never runs here: it has run once.
    """

    name: ClassVar[str] = "prototypical"
    summary: ClassVar[str] = "on many small tasks, tell classes by the mean of a few examples of each"
    extra: ClassVar[str | None] = "train"
    modalities: ClassVar[tuple[str, ...]] = ("image", "text")
    by_default: ClassVar[bool] = True
    episodic: ClassVar[bool] = True
    steps: ClassVar[int] = 20
    rate: ClassVar[float] = 3e-5

    def head(self, lesson: Lesson) -> nn.Module:
        """Return the logarithm of what cosines are multiplied by."""
        import torch
        from torch import nn

        return nn.ParameterDict({"sharpness": nn.Parameter(torch.tensor(SHARPNESS).log())})

    def loss(self, lesson: Lesson, head: nn.Module, rows: np.ndarray) -> Tensor:
        """Return the mean cross-entropy of the queries; which rows are examples is drawn.

        Parameters
        ----------
        rows : of a task (classes, members).
        """
        import torch
        from torch.nn import functional as F

        from warmstart.learning.episodes import QUERIES
        from warmstart.training.episodes import embedded, nearness

        ways, members = rows.shape
        order = torch.stack([torch.randperm(members) for _ in range(ways)])
        seen = embedded(lesson.module, lesson.inputs, rows.ravel(), lesson.cut).view(ways, members, -1)
        cosines = nearness(seen[torch.arange(ways)[:, None], order])
        own = torch.arange(ways).repeat_interleave(QUERIES)
        return F.cross_entropy(dict(head.named_parameters())["sharpness"].exp() * cosines.flatten(0, 1), own)
