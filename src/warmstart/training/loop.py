"""The fit loop: the top of a network and its head, from cached boundary activations, checkpointed every epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from warmstart.core.backbone import Backbone
from warmstart.core.representation import Representation, read_rows
from warmstart.errors import NotApplicable
from warmstart.learning.linear import LinearHead
from warmstart.training.absorbed import absorb_norms
from warmstart.training.batches import shuffled_batches
from warmstart.training.checkpoint import load_checkpoint, save_checkpoint
from warmstart.training.low_rank import add_adapters, plain_weights
from warmstart.training.memory_layout import lay_out
from warmstart.training.recipe import Recipe
from warmstart.training.stages import StagedModule, freeze_below, weights_above
from warmstart.training.stepper import Stepper
from warmstart.training.transferred import Transferred, pooled_above


class Head(nn.Module):
    """A `LinearHead` whose weight and bias are trained."""

    mean: Tensor
    scale: Tensor

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

        Raises
        ------
        NotApplicable : the training diverged.
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
        lay_out(self.module)
        freeze_below(self.module, self.cut, hold_norms=self.recipe.hold_norms)
        if self.recipe.hold_norms:
            absorb_norms(self.module.stages[self.cut :])
        if self.recipe.rank:
            add_adapters(self.module, self.cut, rank=self.recipe.rank, seed=self.seed)
        self.head = Head(self.start)
        self.steps_an_epoch = -(-rows // self.recipe.batch)
        self.stepper = Stepper(self.module, self.head, self.recipe, steps=self.steps_an_epoch * self.recipe.epochs)
        saved = load_checkpoint(self.checkpoint) if self.checkpoint is not None else None
        if saved is not None:
            self.history_ = saved.history
            self._restore(saved.tensors)

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
        seconds, loss = time.perf_counter() - start, float(np.mean(losses))
        if not np.isfinite(loss):
            raise NotApplicable(f"its loss was no number any more in epoch {epoch + 1}, so that it had diverged.")
        self.history_.append({"epoch": epoch + 1, "loss": loss, "seconds": seconds})
        if self.watch is not None:
            self.watch(epoch + 1, seconds)

    def _step(self, rows: np.ndarray, step: int, rng: np.random.Generator) -> float:
        """Take one step of the optimizer and return the loss."""
        self.stepper.begin(step)
        loss = 0.0
        for part in np.array_split(rows, -(-len(rows) // self.recipe.together)):
            logits = self.head(self._features(part, rng))
            share = F.cross_entropy(logits, torch.from_numpy(self.codes[part])) * (len(part) / len(rows))
            share.backward()
            loss += float(share.detach())
        self.stepper.finish(step)
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

    def _state(self) -> dict[str, np.ndarray]:
        """Return everything that going on needs, by name."""
        state = self.stepper.state()
        if not self.recipe.hold_norms:
            state |= {f"buffer.{name}": value.numpy() for name, value in self.module.named_buffers()}
        return state

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up what `_state` gave."""
        self.stepper.restore(state)
        for name, value in self.module.named_buffers():
            if f"buffer.{name}" in state:
                value.copy_(torch.from_numpy(state[f"buffer.{name}"]))

    def _result(self) -> Transferred:
        """Return the model with the averaged weights; the loop's own go on unchanged."""
        with self.stepper.averaged():
            state = plain_weights(self.module) if self.recipe.rank else self.module.state_dict()
            weights = weights_above(state, self.cut)
            head = self.head.linear()
        seconds = sum(row["seconds"] for row in self.history_)
        return Transferred(self.backbone, head, self.stages, self.cut, weights, seconds, list(self.history_))
