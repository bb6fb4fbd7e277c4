"""The fit loop: the top of a network and its head, from cached boundary activations, checkpointed every epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from warmstart.core.backbone import Backbone
from warmstart.core.representation import Representation, read_rows
from warmstart.learning.linear import LinearHead
from warmstart.training.absorbed import absorb_norms
from warmstart.training.batches import shuffled_batches
from warmstart.training.checkpoint import load_checkpoint, save_checkpoint
from warmstart.training.low_rank import add_adapters, plain_weights
from warmstart.training.stages import StagedModule, freeze_below, weights_above
from warmstart.training.transferred import Transferred, pooled_above


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
    average : decay of the running average of the weights, which is what is kept.
    hold_norms : keep BatchNorm at the source's statistics (off only when there is no source).
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
    average: float = 0.9
    hold_norms: bool = True
    rank: int = 0


class Head(nn.Module):
    """A `LinearHead` whose weight and bias are trained."""

    def __init__(self, head: LinearHead) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(head.mean))
        self.register_buffer("scale", torch.from_numpy(head.scale))
        self.weight = nn.Parameter(torch.from_numpy(head.weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(head.bias.copy()))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (rows, classes)."""
        return F.linear((features - self.mean) / self.scale, self.weight, self.bias)

    def linear(self) -> LinearHead:
        """Return the head as plain arrays."""
        return LinearHead(*(value.detach().numpy().copy() for value in (self.mean, self.scale, self.weight, self.bias)))


@dataclass
class Loop:
    """Trains the stages above a cut, and the head, on some rows.

    Parameters
    ----------
    backbone : the source; `module` is its network, which is changed in place.
    start : the head to start from, over `stages` (LP-FT: Kumar et al., ICLR 2022).
    views : representations of the same rows under different views; the first is the plain one.
    codes : class codes of all rows of the representation.
    watch : called after every epoch with the model so far.
    """

    backbone: Backbone
    module: StagedModule
    start: LinearHead
    stages: tuple[str, ...]
    cut: int
    views: Sequence[Representation]
    codes: np.ndarray
    recipe: Recipe
    seed: int
    checkpoint: Path | None = None
    watch: Callable[[int, float], None] | None = None
    history_: list[dict[str, float]] = field(default_factory=list)

    def fit(self, rows: np.ndarray, *, stop_after: int | None = None) -> Transferred:
        """Train on the rows for the recipe's epochs, going on from the checkpoint where there is one.

        Parameters
        ----------
        stop_after : stop once this many epochs are done, leaving the checkpoint to go on from.
        """
        self._initialize(len(rows))
        epochs = self.recipe.epochs if stop_after is None else min(stop_after, self.recipe.epochs)
        for epoch in range(len(self.history_), epochs):
            self._epoch(rows, epoch)
            if self.checkpoint is not None:
                save_checkpoint(self.checkpoint, self._state(), self.history_)
        return self._result()

    def _initialize(self, rows: int) -> None:
        """Set up the head, the optimizer and the running average; take up a checkpoint."""
        # Convolutions train half as long again where the weights lie as the maps do.
        self.module.to(memory_format=torch.channels_last)
        freeze_below(self.module, self.cut, hold_norms=self.recipe.hold_norms)
        if self.recipe.hold_norms:
            absorb_norms(self.module.stages[self.cut :])
        if self.recipe.rank:
            add_adapters(self.module, self.cut, rank=self.recipe.rank, seed=self.seed)
        self.head = Head(self.start)
        self.optimizer = torch.optim.AdamW(
            self._groups(), weight_decay=self.recipe.weight_decay, betas=(0.9, 0.99), foreach=True
        )
        self.parameters = [value for group in self.optimizer.param_groups for value in group["params"]]
        self.averages = [value.detach().clone() for value in self.parameters]
        self.steps_an_epoch = -(-rows // self.recipe.batch)
        saved = load_checkpoint(self.checkpoint) if self.checkpoint is not None else None
        if saved is not None:
            self.history_ = saved.history
            self._restore(saved.tensors)

    def _groups(self) -> list[dict[str, Any]]:
        """Return parameter groups with their rates: a group a stage, and the head."""
        last = len(self.module.stages) - 1
        groups = [
            {"params": _trained(stage), "base": self.recipe.rate * self.recipe.decay ** (last - index)}
            for index, stage in enumerate(self.module.stages)
        ]
        groups.append({"params": _trained(self.head), "base": self.recipe.head_rate})
        return [{**group, "lr": group["base"]} for group in groups if group["params"]]

    def _epoch(self, rows: np.ndarray, epoch: int) -> None:
        """Pass over the rows once."""
        start = time.perf_counter()
        torch.manual_seed(self.seed * 10_007 + epoch)
        self.module.train()
        lengths = self.views[0].boundaries[self.cut].lengths()[rows]
        rng = np.random.default_rng([self.seed, epoch, 1])
        losses = []
        for place, batch in enumerate(shuffled_batches(lengths, self.recipe.batch, seed=self.seed, epoch=epoch)):
            losses.append(self._step(rows[batch], epoch * self.steps_an_epoch + place, rng))
        seconds = time.perf_counter() - start
        self.history_.append({"epoch": epoch + 1, "loss": float(np.mean(losses)), "seconds": seconds})
        if self.watch is not None:
            self.watch(epoch + 1, seconds)

    def _step(self, rows: np.ndarray, step: int, rng: np.random.Generator) -> float:
        """Take one step of the optimizer and return the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * self._schedule(step)
        self.optimizer.zero_grad()
        loss = 0.0
        for part in np.array_split(rows, -(-len(rows) // self.recipe.together)):
            logits = self.head(self._features(part, rng))
            share = F.cross_entropy(logits, torch.from_numpy(self.codes[part])) * (len(part) / len(rows))
            share.backward()
            loss += float(share.detach())
        nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        self.optimizer.step()
        keep = min(self.recipe.average, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.averages, [value.detach() for value in self.parameters], 1 - keep)
        return loss

    def _features(self, rows: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Return features (rows, width), each half of the batch under a view of its own."""
        picks = rng.integers(len(self.views), size=2)
        views = self.views if len(self.views) == 1 else [self.views[pick] for pick in picks]
        parts = list(zip(views, np.array_split(rows, len(views)), strict=True))
        parts = [(view, part) for view, part in parts if len(part)]
        pieces = [view.boundaries[self.cut].batch(part) for view, part in parts]
        batch = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        below = {
            stage: np.concatenate([read_rows(view.pooled[stage], part) for view, part in parts])
            for stage in self.stages
        }
        return pooled_above(self.module, batch, below, self.backbone, self.cut)

    def _schedule(self, step: int) -> float:
        """Return the factor on the rates: a linear rise, then a cosine to zero."""
        total = self.steps_an_epoch * self.recipe.epochs
        rise = max(1, int(self.recipe.warmup * total))
        if step < rise:
            return (step + 1) / rise
        return float(0.5 * (1 + np.cos(np.pi * (step - rise) / max(1, total - rise))))

    def _state(self) -> dict[str, np.ndarray]:
        """Return everything that going on needs, by name."""
        state = {}
        for index, (value, average) in enumerate(zip(self.parameters, self.averages, strict=True)):
            state[f"{index}.value"], state[f"{index}.average"] = value.detach().numpy(), average.numpy()
            # What no answer depends on gets no gradient, and so has no moments.
            for name, moment in self.optimizer.state.get(value, {}).items():
                state[f"{index}.{name}"] = moment.numpy()
        if not self.recipe.hold_norms:
            state |= {f"buffer.{name}": value.numpy() for name, value in self.module.named_buffers()}
        return state

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up what `_state` gave."""
        for index, (value, average) in enumerate(zip(self.parameters, self.averages, strict=True)):
            value.data.copy_(torch.from_numpy(state[f"{index}.value"]))
            average.copy_(torch.from_numpy(state[f"{index}.average"]))
            moments = {name: state.get(f"{index}.{name}") for name in ("step", "exp_avg", "exp_avg_sq")}
            found = {name: torch.from_numpy(moment.copy()) for name, moment in moments.items() if moment is not None}
            if found:
                self.optimizer.state[value] = found
        for name, value in self.module.named_buffers():
            if f"buffer.{name}" in state:
                value.copy_(torch.from_numpy(state[f"buffer.{name}"]))

    def _result(self) -> Transferred:
        """Return the model with the averaged weights; the loop's own go on unchanged."""
        own = [value.detach().clone() for value in self.parameters]
        with torch.no_grad():
            torch._foreach_copy_([value.data for value in self.parameters], self.averages)
            state = plain_weights(self.module) if self.recipe.rank else self.module.state_dict()
        weights = weights_above(state, self.cut)
        head = self.head.linear()
        torch._foreach_copy_([value.data for value in self.parameters], own)
        seconds = sum(row["seconds"] for row in self.history_)
        return Transferred(self.backbone, head, self.stages, self.cut, weights, seconds, list(self.history_))


def _trained(part: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are not frozen."""
    return [value for value in part.parameters() if value.requires_grad]
