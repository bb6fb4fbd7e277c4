"""How long training takes on this machine, measured before a plan is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

import numpy as np
import torch
from torch import Tensor

from warmstart.core.backbone import Backbone
from warmstart.training.memory_layout import lay_out
from warmstart.training.stages import StagedModule, freeze_below

STEPS = 2


def seconds_per_row(backbone: Backbone, feeds: Mapping[str, np.ndarray], cuts: Collection[int]) -> dict[int, float]:
    """Return, per cut, the seconds that one row costs in one epoch of training what lies above.

    Parameters
    ----------
    feeds : prepared inputs of one batch of rows that are like the rest.
    """
    module: StagedModule = backbone.build()
    lay_out(module)
    feeds = _of_mean_length(feeds)
    rows = len(next(iter(feeds.values())))
    return {cut: _measure(module, feeds, cut, len(backbone.stages)) / rows for cut in cuts}


def seconds_of_step(loss: Callable[[], Tensor]) -> float:
    """Return the seconds that a loss and its gradients take; the first time, when all starts up, does not count."""
    seconds = []
    for _ in range(STEPS + 1):
        start = time.perf_counter()
        loss().backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def _of_mean_length(feeds: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Cut texts to their mean length: they are trained in batches of like length, with hardly any padding."""
    if "attention_mask" not in feeds:
        return feeds
    length = max(1, round(float(feeds["attention_mask"].sum(axis=1).mean())))
    return {name: np.ascontiguousarray(values[:, :length]) for name, values in feeds.items()}


def _measure(module: StagedModule, feeds: Mapping[str, np.ndarray], cut: int, last: int) -> float:
    """Return the seconds of one step of forward, backward and update."""
    freeze_below(module, cut, hold_norms=True)
    module.train()
    parameters = [value for value in module.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=0.0)
    with torch.no_grad():
        boundary = module.run(module.take_up(feeds, 0), 0, cut)
    seconds = []
    for _ in range(STEPS + 1):
        start = time.perf_counter()
        module.pool(module.run(boundary, cut, last)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])
