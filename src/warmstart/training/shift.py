"""How far inputs lie from what a network was trained on, by what its normalising layers remember of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from warmstart.core.backbone import Backbone
from warmstart.training.stages import StagedModule

EPSILON = 1e-5


def norm_shift(backbone: Backbone, feeds: Mapping[str, np.ndarray]) -> float | None:
    """Return the distance of inputs from the source's own training inputs, in its standard deviations.

    Every BatchNorm keeps the mean and variance that its channels had in training, which is what tells one
    domain from another (Li et al., Revisiting batch normalization for practical domain adaptation,
    arXiv 1603.04779). The distance is the root mean square, over the channels of a layer, of how far the
    mean on these inputs lies from the one in training; the median over layers is returned.

    Parameters
    ----------
    feeds : prepared inputs of some rows.

    Returns
    -------
    None where the network has no such layers, and so does not remember what it was trained on.
    """
    module: StagedModule = backbone.build().eval()
    layers = [layer for layer in module.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    found: list[float] = []
    hooks = [layer.register_forward_pre_hook(_measuring(found)) for layer in layers if layer.running_mean is not None]
    with torch.no_grad():
        module.run(module.take_up(feeds, 0), 0, len(backbone.stages))
    for hook in hooks:
        hook.remove()
    return float(np.median(found)) if found else None


def _measuring(found: list[float]) -> Any:
    def measure(layer: Any, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0]
        mean = values.mean([axis for axis in range(values.ndim) if axis != 1])
        distance = (mean - layer.running_mean) ** 2 / (layer.running_var + EPSILON)
        found.append(float(distance.mean().sqrt()))

    return measure
