"""How well a network tells held-out classes by a few examples: on the same tasks for every network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.representation import Boundary
from warmstart.core.wording import percent, signed
from warmstart.flow.pretrain.judged import ADVICE
from warmstart.learning.episodes import Tasks
from warmstart.learning.intervals import Interval

if TYPE_CHECKING:
    from warmstart.training.stages import StagedModule

AT_A_TIME = 32


@dataclass(frozen=True)
class FewExamples:
    """Tasks, and the activations that a network is run on from.

    Parameters
    ----------
    boundary : the activations of all rows at `cut`.
    """

    boundary: Boundary
    cut: int
    tasks: Tasks

    def scores(self, module: StagedModule) -> np.ndarray:
        """Return the accuracy of a network in evaluation mode on every task (tasks,)."""
        import torch

        from warmstart.training.episodes import embedded, shares_right

        rows, places = np.unique(self.tasks.rows, return_inverse=True)
        tasks = torch.from_numpy(places.reshape(self.tasks.rows.shape))
        with torch.no_grad():
            seen = embedded(module, self.boundary, rows, self.cut)
            return torch.cat([shares_right(seen[some]) for some in torch.split(tasks, AT_A_TIME)]).numpy()


@dataclass(frozen=True)
class FewExamplesResult:
    """The accuracy of the old source and of the new one on the same tasks.

    Parameters
    ----------
    tasks : those that the result is reported on.
    by_class : whether their classes were never trained on; else their rows were not.
    shots : examples a class.
    old, new : accuracy on every task (tasks,).
    """

    tasks: Tasks
    by_class: bool
    shots: int
    old: np.ndarray
    new: np.ndarray

    def to_json(self, *, source: str) -> dict[str, Any]:
        """Return it as plain values, with what it means for who reads it.

        Parameters
        ----------
        source : what the old source is called.
        """
        old, new, gap = (self.tasks.mean(one) for one in (self.old, self.new, self.new - self.old))
        found = "better" if gap.low > 0 else "worse" if gap.high < 0 else "no evidence"
        return {
            "ways": self.tasks.ways,
            "shots": self.shots,
            "held_out": "classes" if self.by_class else "rows",
            "tasks": len(self.tasks),
            "old": old.to_json(),
            "new": new.to_json(),
            "difference": gap.to_json(),
            "verdict": found,
            "sentence": self._sentence(old, new, gap),
            "advice": ADVICE[found].format(old=source),
        }

    def _sentence(self, old: Interval, new: Interval, gap: Interval) -> str:
        where = "held-out classes" if self.by_class else "held-out rows of the classes that were trained on"
        return (
            f"{self.tasks.ways}-way {self.shots}-shot accuracy on {where}: {percent(old.value)} before, "
            f"{percent(new.value)} after, {signed(gap.value)} points (95 % interval {signed(gap.low)} to "
            f"{signed(gap.high)})."
        )
