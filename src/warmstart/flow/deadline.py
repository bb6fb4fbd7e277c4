"""What a race still has time for: what is trained, what must be fitted again, and what follows, by the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmstart.flow.split import OUTER_FOLDS
from warmstart.flow.trial import Heat, Trial, rivals, tried
from warmstart.flow.workbench import Workbench

SAFE = 0.95
"""What is decided late may fill this share of the budget: the last steps are only foretold."""


@dataclass
class Deadline:
    """The end of the budget, as one heat sees it.

    Parameters
    ----------
    trials : those of the heat so far; the race adds to them.
    began : seconds of the run at which the heat's controls were fitted.
    """

    bench: Workbench
    heat: Heat
    trials: list[Trial]
    began: float = 0.0

    @property
    def asked(self) -> str:
        """What it is asked for: what the first outer fold decides holds in all, or they would differ."""
        return "every fold" if self.bench.crossed else self.heat.scope

    def allows(self, seconds: float, again: Sequence[Trial] = (), *, share: float = SAFE) -> bool:
        """Return whether some seconds, fitting again, and what follows are over before the deadline.

        With outer folds every heat that follows is taken to need what this one has since its controls were fitted, what
        was trained in full, and the controls twice; a resumed run, or a heat that stopped one early, has spent less.

        Parameters
        ----------
        again : trials that would be fitted again together, as far as they are to be; the dearest rival may be instead.
        share : of the budget, by the end of which they must be over.
        """
        together = sum(self.seconds(one, self.heat.fitted) for one in again if one.again)
        dearest = max((self.seconds(one, self.heat.fitted) for one in rivals(self.trials) if one.again), default=0.0)
        plan, elapsed = self.bench.plan, self.bench.tools.run.elapsed()
        heats = OUTER_FOLDS + 1 if self.bench.crossed else 1
        trained = sum(self.seconds(one, self.heat.train) for one in tried(self.trials))
        controls = sum(one.model.seconds_ for one in self.trials if one.is_control and one.finished and not one.epochs)
        heat = max(elapsed - self.began, trained) + 2 * controls
        ends = elapsed + (heats - 1) * heat + heats * (seconds + max(together, dearest))
        return ends + plan.reserved <= share * plan.budget_seconds

    def allows_training(self, trial: Trial) -> bool:
        """Return whether a candidate may be trained, and fitted again."""
        return self.allows(self.seconds(trial, self.heat.train), (trial,))

    def epochs(self, trial: Trial, others: Sequence[Trial] = (), *, kept: float = 0.0) -> int:
        """Return how many epochs of a candidate there is time for.

        Parameters
        ----------
        others : what would be fitted again together with it, in an average.
        kept : seconds of a heat that are spoken for.
        """
        affordable = (
            epochs
            for epochs in range(self.bench.plan.epochs, 0, -1)
            if self.allows(kept + self.seconds(one := replace(trial, epochs=epochs), self.heat.train), (one, *others))
        )
        return next(affordable, 0)

    def seconds(self, trial: Trial, rows: np.ndarray) -> float:
        """Return what training on rows should take."""
        return trial.epochs * self.bench.plan.train_row[trial.setting["cut"]] * len(rows)
