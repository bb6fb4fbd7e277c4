"""Steps of an optimizer over the stages of a network and a head: their rates, a running average, and its state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from warmstart.training.anchor import Anchor
from warmstart.training.recipe import Recipe
from warmstart.training.stages import StagedModule

MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class Stepper:
    """AdamW on what is not frozen, with a rate a stage, a warm-up, a cosine, and a running average of the weights.

    Parameters
    ----------
    module, head : what is trained, as it is before a checkpoint is restored; frozen parameters are left out.
    steps : how many steps there will be.
    """

    def __init__(self, module: StagedModule, head: nn.Module, recipe: Recipe, *, steps: int) -> None:
        self.recipe = recipe
        self.steps = steps
        self.optimizer = torch.optim.AdamW(
            _groups(module, head, recipe), weight_decay=recipe.weight_decay, betas=(0.9, 0.99), foreach=True
        )
        self.parameters = [value for group in self.optimizer.param_groups for value in group["params"]]
        self.averages = [value.detach().clone() for value in self.parameters]
        of_stages = [value for stage in module.stages for value in _trained(stage)]
        self.anchor = Anchor(of_stages, recipe.l2_sp) if recipe.l2_sp else None

    def begin(self, step: int) -> None:
        """Set the rates of a step and forget the gradients of the one before."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * self._factor(step, head=group["head"])
        self.optimizer.zero_grad()

    def finish(self, step: int) -> None:
        """Take the step along the gradients that have added up."""
        nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        self.optimizer.step()
        if self.anchor is not None:
            self.anchor.pull(self._factor(step, head=False))
        keep = min(self.recipe.average, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.averages, [value.detach() for value in self.parameters], 1 - keep)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averaged weights into the network and the head for a while; their own go on unchanged."""
        own = [value.detach().clone() for value in self.parameters]
        with torch.no_grad():
            torch._foreach_copy_([value.data for value in self.parameters], self.averages)
            try:
                yield
            finally:
                torch._foreach_copy_([value.data for value in self.parameters], own)

    def state(self) -> dict[str, np.ndarray]:
        """Return everything that going on needs, by name."""
        state = {}
        for index, (value, average) in enumerate(zip(self.parameters, self.averages, strict=True)):
            state[f"{index}.value"], state[f"{index}.average"] = value.detach().numpy(), average.numpy()
            # What no answer depends on gets no gradient, and so has no moments.
            for name, moment in self.optimizer.state.get(value, {}).items():
                state[f"{index}.{name}"] = moment.numpy()
        return state

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up what `state` gave."""
        for index, (value, average) in enumerate(zip(self.parameters, self.averages, strict=True)):
            value.data.copy_(torch.from_numpy(state[f"{index}.value"]))
            average.copy_(torch.from_numpy(state[f"{index}.average"]))
            moments = {name: state.get(f"{index}.{name}") for name in MOMENTS}
            found = {name: torch.from_numpy(moment.copy()) for name, moment in moments.items() if moment is not None}
            if found:
                self.optimizer.state[value] = found

    def _factor(self, step: int, *, head: bool) -> float:
        """Return the factor on a group's rate: a linear rise, then a cosine to zero; stages begin after the head."""
        begin = 0 if head else int(self.recipe.head_first * self.steps)
        if step < begin:
            return 0.0
        rise, done, total = max(1, int(self.recipe.warmup * self.steps)), step - begin, self.steps - begin
        if done < rise:
            return (done + 1) / rise
        return float(0.5 * (1 + np.cos(np.pi * (done - rise) / max(1, total - rise))))


def _groups(module: StagedModule, head: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Return parameter groups with their rates: a group a stage, and the head."""
    last = len(module.stages) - 1
    rates = [recipe.rate * recipe.decay ** (last - index) for index in range(last + 1)]
    # What is held near its start is not drawn to nought as well.
    towards_nought = 0.0 if recipe.l2_sp else recipe.weight_decay
    groups: list[dict[str, Any]] = [
        {"params": _trained(stage), "base": rate, "head": False, "weight_decay": towards_nought}
        for stage, rate in zip(module.stages, rates, strict=True)
    ]
    groups.append({"params": _trained(head), "base": recipe.head_rate, "head": True})
    return [{**group, "lr": group["base"]} for group in groups if group["params"]]


def _trained(part: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are not frozen."""
    return [value for value in part.parameters() if value.requires_grad]
