"""Fine-tuning from a probe, and weights between the source's and the fine-tuned ones."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from warmstart.core.material import Material
from warmstart.learning.linear import LinearHead
from warmstart.training.absorbed import absorb_norms
from warmstart.training.loop import Loop, Recipe
from warmstart.training.transferred import FROM_INPUT, Transferred


def fine_tune(material: Material, request: Any, *, decay: float | None = None) -> Transferred:
    """Train the stages above the setting's cut, and the head, starting from the probe.

    Parameters
    ----------
    request : the assignment; its `start` is a probe, whose stages the head goes on reading.
    decay : factor on the learning rate from each stage to the one below; the network's own by default.
    """
    probe: Transferred = request.start
    cut = material.backbone.cut(request.setting["cut"])
    module = material.backbone.build()
    together = Recipe.together if cut else FROM_INPUT
    recipe = Recipe(request.epochs, rate=module.rate, decay=decay or module.decay, together=together)
    loop = Loop(
        backbone=material.backbone,
        module=module,
        start=probe.head,
        stages=probe.stages,
        cut=cut,
        views=[material.representation, *(view for view in material.views if cut in view.boundaries)],
        codes=material.codes,
        recipe=recipe,
        seed=request.seed,
        checkpoint=request.checkpoint,
        watch=request.watch,
    )
    return loop.fit(request.rows, stop_after=request.stop_after)


def blend(tuned: Transferred, start: Transferred, share: float) -> Transferred:
    """Return the weights at `share` of the way from the source and its probe to the fine-tuned ones.

    Parameters
    ----------
    tuned : the fine-tuned model.
    start : the probe that it started from, over the same stages.
    share : 0 is the source, 1 the fine-tuned model (WiSE-FT: Wortsman et al., CVPR 2022).
    """
    if share == 1.0:
        return tuned
    module = tuned.backbone.build()
    absorb_norms(module.stages[tuned.cut :])
    source = {name: value.numpy() for name, value in module.state_dict().items()}
    weights = {name: _between(source[name], value, share) for name, value in tuned.weights.items()}
    head = LinearHead(
        start.head.mean,
        start.head.scale,
        _between(start.head.weight, tuned.head.weight, share),
        _between(start.head.bias, tuned.head.bias, share),
    )
    return dataclasses.replace(tuned, weights=weights, head=head)


def _between(source: np.ndarray, tuned: np.ndarray, share: float) -> np.ndarray:
    return tuned if tuned.dtype.kind != "f" else (source + np.float32(share) * (tuned - source)).astype(np.float32)
