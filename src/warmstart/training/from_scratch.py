"""Training an architecture without its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from warmstart.core.material import Material
from warmstart.learning.linear import LinearHead
from warmstart.training.loop import Loop
from warmstart.training.recipe import Recipe
from warmstart.training.transferred import FROM_INPUT, Transferred

RATE = 1e-3


def train_from_scratch(material: Material, rows: np.ndarray, terms: Any) -> Transferred:
    """Draw the backbone's weights anew and train all of it with a head on its last stage.

    Parameters
    ----------
    rows : rows to fit on.
    terms : seed, epochs, checkpoint and watch, as a control gets them.
    """
    module = material.backbone.build().start_over(terms.seed)
    _follow_quickly(module)
    last = material.backbone.stages[-1].name
    width = material.representation.pooled[last].shape[1]
    loop = Loop(
        backbone=material.backbone,
        module=module,
        start=_blank_head(width, material.classes, terms.seed),
        stages=(last,),
        cut=0,
        views=[material.representation],
        codes=material.codes,
        recipe=Recipe(epochs=terms.epochs, rate=RATE, head_rate=RATE, hold_norms=False, together=FROM_INPUT),
        seed=terms.seed,
        checkpoint=terms.checkpoint,
        watch=terms.watch,
    )
    return loop.fit(rows)


def _follow_quickly(module: nn.Module) -> None:
    """Let running statistics follow within a few dozen steps; a source's own momentum expects many thousands."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 0.1


def _blank_head(width: int, classes: int, seed: int) -> LinearHead:
    """Return a head over unscaled features with small random weights."""
    weight = np.random.default_rng(seed).normal(0, width**-0.5, (classes, width)).astype(np.float32)
    ones = np.ones(width, np.float32)
    return LinearHead(0 * ones, ones, weight, np.zeros(classes, np.float32))
