"""L2-SP: trained weights are pulled back to where they started."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Anchor:
    """The penalty `strength / 2 * |w - start|²` on some weights (L2-SP: Li, Grandvalet & Davoine, ICML 2018).

    It is decoupled from the optimizer's step, as decay is in AdamW (Loshchilov & Hutter, ICLR 2019), and for
    the same reason: within the gradient it would be divided by the running size of the gradients, so that the
    weights which the loss moves most would be held least, and the clipping of the gradient would weaken it.
    As in their paper, and unlike `torch.optim.AdamW`, it follows the schedule but not the learning rate: at
    rates near 1e-4, a strength of 0.01 would do nothing within a few hundred steps. What is taken is the
    proximal step, the exact minimum of the penalty and the squared distance from where the optimizer
    arrived. It never overshoots, so that every strength from 0 on is stable.

    Parameters
    ----------
    parameters : the weights, as they are when training starts; one copy of them is held.
    strength : at the top of the schedule, each step divides the distance from the start by one more than this.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], strength: float) -> None:
        self.parameters = [value.detach() for value in parameters]
        self.starts = [value.clone() for value in self.parameters]
        self.strength = strength

    def pull(self, factor: float) -> None:
        """Go back towards the start after a step of the optimizer.

        Parameters
        ----------
        factor : of the schedule, from 0 to 1.
        """
        pull = factor * self.strength
        torch._foreach_lerp_(self.parameters, self.starts, pull / (1 + pull))
