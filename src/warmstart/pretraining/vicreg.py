"""VICReg: two random views of an image should look alike to the network, and different images should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from warmstart.pretraining._base import Lesson, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn

SAME, SPREAD, APART = 25.0, 25.0, 1.0
WIDTH = 512
TINY = 1e-4


class VicReg(Objective):
    """Variance, invariance and covariance regularisation (Bardes, Ponce and LeCun, ICLR 2022).

    Features of two views of an image are pulled together; over a batch, every feature of the expander must keep its
    deviation and none may repeat another, so that they cannot all become equal. Needs no negative pairs, and so works
    with the small batches of a CPU.
    """

    name: ClassVar[str] = "vicreg"
    summary: ClassVar[str] = "have two random views of an image look alike, without all images looking alike"
    extra: ClassVar[str | None] = "train"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    by_default: ClassVar[bool] = True
    batch: ClassVar[int] = 48

    def head(self, lesson: Lesson) -> nn.Module:
        """Return the expander: three layers on the mean over positions."""
        from torch import nn

        width = lesson.backbone.stages[-1].width
        layers: list[nn.Module] = []
        for inside in (width, WIDTH):
            layers += [nn.Linear(inside, WIDTH), nn.BatchNorm1d(WIDTH), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(WIDTH, WIDTH, bias=False))

    def loss(self, lesson: Lesson, head: nn.Module, rows: np.ndarray) -> Tensor:
        """Return the weighted sum of the three terms, with the weights of the paper."""
        import torch
        from torch.nn import functional as F

        from warmstart.pretraining._augment import random_view

        pixels = torch.from_numpy(lesson.inputs.batch(rows)["pixels"])
        one, two = (head(_features(lesson, random_view(pixels))) for _ in range(2))
        spread = sum(F.relu(1 - (part.var(dim=0) + TINY).sqrt()).mean() for part in (one, two)) / 2
        return SAME * F.mse_loss(one, two) + SPREAD * spread + APART * (_repeated(one) + _repeated(two))


def _features(lesson: Lesson, pixels: Tensor) -> Tensor:
    """Return the mean over positions of the last stage (rows, width); frozen stages keep no gradients."""
    import torch

    module = lesson.module
    with torch.no_grad():
        below = module.run(module.enter({"pixels": pixels}), 0, lesson.cut)
    reached = module.run(below, lesson.cut, len(module.stages))
    return module.pool(reached)[:, : lesson.backbone.stages[-1].width]


def _repeated(values: Tensor) -> Tensor:
    """Return the mean square of the covariances of different features, summed, a feature."""
    centred = values - values.mean(dim=0)
    covariance = centred.T @ centred / (len(values) - 1)
    diagonal = covariance.diagonal().pow(2).sum()
    return (covariance.pow(2).sum() - diagonal) / values.shape[1]
