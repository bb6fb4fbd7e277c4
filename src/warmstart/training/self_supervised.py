"""Train the top of a network by a loss of its own, in rounds, until a probe stops improving."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from warmstart.training.absorbed import absorb_norms
from warmstart.training.batches import shuffled_batches
from warmstart.training.checkpoint import load_checkpoint, save_checkpoint
from warmstart.training.memory_layout import lay_out
from warmstart.training.recipe import Recipe
from warmstart.training.stages import StagedModule, freeze_below, weights_above
from warmstart.training.stepper import Stepper

SEEDS = 1_000_003
BEST, SCORES = "best.", "scores"

Loss = Callable[[np.ndarray], Tensor]
"""From the numbers of a batch's rows to its loss."""

Draw = Callable[[int], np.ndarray]
"""From the number of a step to the numbers of its rows."""

Probe = Callable[[], np.ndarray]
"""What the network is worth now: a score a held-out pair (pairs,), higher is better."""


def steps_an_epoch(rows: int, batch: int) -> int:
    """Return how many steps pass over the rows once, in whole batches where there is one."""
    return max(1, rows // batch)


def passes_over(rows: np.ndarray, lengths: np.ndarray, size: int, *, seed: int) -> Draw:
    """Return what draws whole batches of like length, pass after pass; what is left over comes in another pass.

    Parameters
    ----------
    rows : the numbers of the rows.
    lengths : their lengths (rows,).
    """

    @lru_cache(maxsize=1)
    def batches(epoch: int) -> list[np.ndarray]:
        places = shuffled_batches(lengths, size, seed=seed, epoch=epoch)
        whole = [batch for batch in places if len(batch) == size] or places
        return [rows[batch] for batch in whole]

    def draw(step: int) -> np.ndarray:
        epoch, place = divmod(step, steps_an_epoch(len(rows), size))
        return batches(epoch)[place]

    return draw


def hold(module: StagedModule, cut: int) -> None:
    """Freeze the stages below a cut and every BatchNorm, and scale what is left so that all of it moves alike."""
    lay_out(module)
    freeze_below(module, cut, hold_norms=True)
    absorb_norms(module.stages[cut:])


@dataclass(frozen=True)
class Rounds:
    """How long training may go on.

    Parameters
    ----------
    steps : optimizer steps a round; the probe looks after each round.
    most : how many rounds there may be.
    patience : it stops once this many rounds in a row were not better than the best.
    """

    steps: int
    most: int
    patience: int


@dataclass(frozen=True)
class Pretrained:
    """What came of it; the network holds the averaged weights of the best round.

    Parameters
    ----------
    history : a row a round: its number, its mean loss, the probe's mean score, and its seconds.
    best : the number of the best round, from 1.
    scores : the probe's score of every pair at that round (pairs,).
    settled : whether it stopped because the probe no longer improved.
    """

    history: list[dict[str, float]]
    best: int
    scores: np.ndarray
    settled: bool


@dataclass
class SelfSupervised:
    """Trains the stages above a cut, and a head that is thrown away.

    Parameters
    ----------
    module : the network, as `hold` left it; changed in place.
    head : what is trained beside it.
    draw : from the number of a step to the numbers of its rows.
    checkpoint : a folder to go on from.
    progress : told how many steps are done, and of how many.
    goes_on : asked before every round, with the number of rounds done, whether there is time for it.
    """

    module: StagedModule
    head: nn.Module
    loss: Loss
    probe: Probe
    draw: Draw
    recipe: Recipe
    rounds: Rounds
    seed: int
    checkpoint: Path | None = None
    progress: Callable[[int, int], None] = lambda done, total: None
    goes_on: Callable[[int], bool] = lambda done: True
    history_: list[dict[str, float]] = field(default_factory=list)

    def fit(self) -> Pretrained:
        """Train, from the checkpoint on where there is one, and leave the best round's weights in the network."""
        self._initialize()
        while not self._is_over() and self.goes_on(len(self.history_)):
            self._round()
        weights = {name: torch.from_numpy(value) for name, value in self.best.items()}
        self.module.load_state_dict(weights, strict=False)
        self.module.eval()
        return Pretrained(self.history_, self._best(), self.scores, self._settled())

    def _initialize(self) -> None:
        """Set up the optimizer; take up a checkpoint."""
        self.stepper = Stepper(self.module, self.head, self.recipe, steps=self.rounds.steps * self.rounds.most)
        self.best: dict[str, np.ndarray] = {}
        self.scores = np.zeros(0)
        saved = load_checkpoint(self.checkpoint) if self.checkpoint is not None else None
        if saved is not None:
            self.history_ = saved.history
            self.stepper.restore(saved.tensors)
            self.best = {
                name.removeprefix(BEST): value for name, value in saved.tensors.items() if name.startswith(BEST)
            }
            self.scores = saved.tensors[SCORES]

    def _is_over(self) -> bool:
        return len(self.history_) >= self.rounds.most or self._settled()

    def _settled(self) -> bool:
        """Return whether the last rounds were no better than one before them, counted from when the stages move."""
        still = int(self.recipe.head_first * self.rounds.steps * self.rounds.most) // self.rounds.steps
        return bool(self.history_) and len(self.history_) - max(self._best(), still) >= self.rounds.patience

    def _best(self) -> int:
        """Return the number of the best round, the first of equals, from 1."""
        return int(np.argmax([row["probe"] for row in self.history_])) + 1

    def _round(self) -> None:
        """Take a round's steps, look at the probe, and keep the state."""
        start, first = time.perf_counter(), len(self.history_) * self.rounds.steps
        self.module.train()
        self.head.train()
        losses = []
        for step in range(first, first + self.rounds.steps):
            losses.append(self._step(step))
            self.progress(step + 1, self.rounds.steps * self.rounds.most)
        self._look(float(np.mean(losses)), start)
        if self.checkpoint is not None:
            save_checkpoint(self.checkpoint, self._state(), self.history_)

    def _look(self, loss: float, start: float) -> None:
        """Note what the averaged weights are worth, and keep them where they are the best so far."""
        with self.stepper.averaged():
            self.module.eval()
            # Where training diverged, nothing is worth anything: 0 is below every score there is.
            scores = np.nan_to_num(self.probe())
            row = {"round": len(self.history_) + 1, "loss": float(np.nan_to_num(loss)), "probe": float(scores.mean())}
            self.history_.append({**row, "seconds": time.perf_counter() - start})
            if self._best() == len(self.history_):
                self.scores, self.best = scores, weights_above(self.module.state_dict(), self.module.frozen)

    def _step(self, step: int) -> float:
        """Take one step and return its loss; what it draws depends on the seed and its number alone."""
        torch.manual_seed(self.seed * SEEDS + step)
        self.stepper.begin(step)
        loss = self.loss(self.draw(step))
        loss.backward()
        self.stepper.finish(step)
        return float(loss.detach())

    def _state(self) -> dict[str, np.ndarray]:
        """Return everything that going on needs, by name."""
        best = {f"{BEST}{name}": value for name, value in self.best.items()}
        return {**self.stepper.state(), **best, SCORES: self.scores}
