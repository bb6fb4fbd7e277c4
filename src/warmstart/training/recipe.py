"""How the top of a network is trained: rates, batches, and what is held still."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How the top is trained.

    Parameters
    ----------
    epochs : passes over the rows.
    rate : AdamW learning rate of the last stage.
    head_rate : that of the head, whose input rows have length one.
    decay : factor on the rate from each stage to the one below.
    batch : rows a step.
    together : rows that go through the network at a time; gradients add up to the step's.
    warmup : share of the steps over which the rate rises; a cosine to 0 follows.
    head_first : share of the steps that train the head alone, before the stages move.
    average : decay of the running average of the weights, which is what is kept.
    hold_norms : keep BatchNorm at the source's statistics (off only when there is no source).
    l2_sp : strength with which the stages' weights are held near where they start, in place of decay; 0 for none.
    rank : of low-rank adapters that are trained in place of the stages' own weights; 0 for none.
    """

    epochs: int
    rate: float = 2e-4
    head_rate: float = 2e-3
    decay: float = 1.0
    batch: int = 32
    together: int = 32
    weight_decay: float = 0.01
    warmup: float = 0.05
    clip: float = 1.0
    head_first: float = 0.0
    average: float = 0.9
    hold_norms: bool = True
    l2_sp: float = 0.0
    rank: int = 0
