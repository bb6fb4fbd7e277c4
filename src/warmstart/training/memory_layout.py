"""How the weights of convolutions lie in memory."""

from __future__ import annotations

import torch
from torch import nn


def lay_out(module: nn.Module) -> None:
    """Lay the weights of every convolution out channels last, as the maps are: it trains faster so."""
    for weight in module.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.to(memory_format=torch.channels_last)
