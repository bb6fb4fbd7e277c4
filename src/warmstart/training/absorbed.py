"""Move what a frozen BatchNorm multiplies into the convolution before it; the network computes the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import torch
from torch import nn


def absorb_norms(stages: Iterable[nn.Module]) -> None:
    """Scale every convolution as its BatchNorm would, and leave the norm only a bias to train.

    A source's norms multiply channels by factors that differ a hundredfold. An optimizer that takes
    steps of one size for all weights then moves some channels a hundred times as far as others;
    with the factors inside the weights it moves all alike. Names and shapes stay as they are.
    """
    with torch.no_grad():
        for convolution, norm in _pairs(stages):
            mean, variance = norm.running_mean, norm.running_var
            if mean is None or variance is None:
                continue
            spread = torch.sqrt(variance + norm.eps)
            factor = norm.weight / spread
            convolution.weight.mul_(factor[:, None, None, None])
            norm.bias.sub_(mean * factor)
            norm.weight.copy_(spread)
            mean.zero_()
            norm.weight.requires_grad_(False)


def _pairs(stages: Iterable[nn.Module]) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Yield every convolution without a bias and the BatchNorm that follows it."""
    for stage in stages:
        for part in stage.modules():
            for first, second in pairwise(part.children()):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d) and first.bias is None:
                    yield first, second
