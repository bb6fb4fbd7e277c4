"""The blocks of EfficientNet-Lite as plain numbers, so that its stages are known without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from warmstart.core.backbone import Stage

STEM_WIDTH = 32
HEAD_WIDTH = 1280


@dataclass(frozen=True)
class Block:
    """One inverted bottleneck: kernel side, stride, expansion, channels in and out."""

    kernel: int
    stride: int
    expansion: int
    width_in: int
    width_out: int


# (repeats, kernel, stride, expansion, channels) of the smallest one, from "EfficientNet: Rethinking Model
# Scaling for Convolutional Neural Networks", table 1.
_ROWS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def plan(width: float, depth: float) -> tuple[Block, ...]:
    """Return the blocks of the network scaled by the width and depth factors.

    Lite networks keep the stem, and the repeats of the first and last rows, as they are.
    """
    blocks: list[Block] = []
    before = STEM_WIDTH
    for number, (repeats, kernel, stride, expansion, channels) in enumerate(_ROWS):
        after = _rounded(channels * width)
        times = repeats if number in (0, len(_ROWS) - 1) else math.ceil(repeats * depth)
        for place in range(times):
            blocks.append(Block(kernel, stride if place == 0 else 1, expansion, before, after))
            before = after
    return tuple(blocks)


def stages(width: float, depth: float) -> tuple[Stage, ...]:
    """Return the declared stages: the stem, every block, and the last convolution."""
    blocks = [Stage(f"block_{number}", block.width_out) for number, block in enumerate(plan(width, depth), start=1)]
    return (Stage("stem", STEM_WIDTH), *blocks, Stage("head_conv", HEAD_WIDTH))


def _rounded(channels: float) -> int:
    """Round to a multiple of 8, never down by more than a tenth."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded
