"""Fine-tuning from a probe, and weights between the source's and the fine-tuned ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.core.material import Material
from warmstart.learning.linear import LinearHead
from warmstart.training.absorbed import absorb_norms
from warmstart.training.loop import Loop
from warmstart.training.recipe import Recipe
from warmstart.training.transferred import FROM_INPUT, Transferred

ADAPTER_RATE = 10.0
"""Adapters start at nothing, and want a higher rate than weights that are right already."""


def fine_tune(material: Material, request: Any, *, decay: float | None = None) -> Transferred:
    """Train the stages above the setting's cut, and the head, starting from the probe.

    Parameters
    ----------
    request : the assignment; its `start` is a probe, whose stages the head goes on reading. With a
        "rank" in its setting, adapters of that rank are trained in place of the weights; with an "l2_sp",
        the weights are held near the source's with that strength.
    decay : factor on the learning rate from each stage to the one below; the network's own by default.
    """
    probe: Transferred = request.start
    cut = material.backbone.cut(request.setting["cut"])
    module = material.backbone.build()
    together = Recipe.together if cut else FROM_INPUT
    rank = request.setting.get("rank", 0)
    recipe = Recipe(
        request.epochs,
        rate=module.rate * (ADAPTER_RATE if rank else 1.0),
        decay=decay or module.decay,
        together=together,
        l2_sp=request.setting.get("l2_sp", 0.0),
        rank=rank,
    )
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
    return tuned if share == 1.0 else _mixed(_unchanged(tuned), tuned, start, share)


def blends(tuned: Transferred, start: Transferred, shares: Sequence[float]) -> Iterator[Transferred]:
    """Yield the blends at several shares, on one network: each answers until the next is asked for.

    Parameters
    ----------
    tuned, start, shares : as of `blend`.
    """
    source, network = _unchanged(tuned), tuned.backbone.build()
    for share in shares:
        if share == 1.0:
            yield tuned
            continue
        between = _mixed(source, tuned, start, share)
        between.take(network)
        yield between


def average(members: Sequence[Transferred]) -> Transferred:
    """Return the mean of the weights of models that were trained from one source and one probe.

    Weights of stages below a member's cut are the source's (model soups: Wortsman et al., ICML 2022).
    """
    deepest = min(members, key=lambda one: one.cut)
    source = _unchanged(deepest)
    weights = {name: _mean([one.weights.get(name, source[name]) for one in members]) for name in deepest.weights}
    head = LinearHead(
        deepest.head.mean,
        deepest.head.scale,
        _mean([one.head.weight for one in members]),
        _mean([one.head.bias for one in members]),
    )
    seconds = sum(one.seconds_ for one in members)
    return dataclasses.replace(deepest, weights=weights, head=head, seconds_=seconds, learned_={})


def _mixed(source: Mapping[str, np.ndarray], tuned: Transferred, start: Transferred, share: float) -> Transferred:
    """Return the model between the source's weights with the probe's head, and the fine-tuned ones."""
    weights = {name: _between(source[name], value, share) for name, value in tuned.weights.items()}
    head = LinearHead(
        start.head.mean,
        start.head.scale,
        _between(start.head.weight, tuned.head.weight, share),
        _between(start.head.bias, tuned.head.bias, share),
    )
    return dataclasses.replace(tuned, weights=weights, head=head)


def _unchanged(tuned: Transferred) -> dict[str, np.ndarray]:
    """Return the source's weights as they are when training from a model's cut begins."""
    module = tuned.backbone.build()
    absorb_norms(module.stages[tuned.cut :])
    return {name: value.numpy() for name, value in module.state_dict().items()}


def _mean(values: Sequence[np.ndarray]) -> np.ndarray:
    return values[0] if values[0].dtype.kind != "f" else np.asarray(values).mean(axis=0, dtype=np.float32)


def _between(source: np.ndarray, tuned: np.ndarray, share: float) -> np.ndarray:
    return tuned if tuned.dtype.kind != "f" else (source + np.float32(share) * (tuned - source)).astype(np.float32)
