"""From a budget in seconds to rounds of pre-training: made once, from measured throughput, and followed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from warmstart.errors import BudgetError

MARGIN = 0.9
FEWEST_ROUNDS = 3
MOST_EPOCHS = 20
LEAST_STEPS = 5
PROBING = 0.2
"""The probe may take this share of the time that its round's steps take."""
PATIENCE = 3
STARTING = 5.0
"""Seconds for a checkpoint, the folder and the page."""


@dataclass(frozen=True)
class Costs:
    """What this machine needs, in seconds.

    Parameters
    ----------
    spent : from the start of the process until now.
    step : one step of the optimizer.
    probe : looking once at the held-out pieces.
    rest : judging.
    """

    spent: float
    step: float
    probe: float
    rest: float


@dataclass(frozen=True)
class PretrainPlan:
    """What will be run.

    Parameters
    ----------
    steps : optimizer steps a round.
    rounds : how many rounds at most.
    patience : it stops after this many rounds in a row that were not the best.
    seconds : what a round is predicted to take.
    rest : what judging is predicted to take.
    """

    budget_seconds: float
    steps: int
    rounds: int
    patience: int
    seconds: float
    rest: float

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return asdict(self)


def plan_rounds(budget: float, costs: Costs, steps_an_epoch: int, usual: int = LEAST_STEPS) -> PretrainPlan:
    """Return how many rounds of how many steps fit.

    Parameters
    ----------
    budget : seconds from the start of the process to the finished run.
    usual : steps of a round, where the budget pays for FEWEST_ROUNDS of them.

    Raises
    ------
    BudgetError : fewer than FEWEST_ROUNDS of LEAST_STEPS fit.
    """
    left = MARGIN * budget - costs.spent - costs.rest - STARTING
    steps = max(usual, math.ceil(costs.probe / (PROBING * costs.step)))
    steps = min(steps, max(LEAST_STEPS, int((left / FEWEST_ROUNDS - costs.probe) / costs.step)))
    seconds = steps * costs.step + costs.probe
    rounds = min(int(left / seconds), math.ceil(MOST_EPOCHS * steps_an_epoch / steps))
    if rounds < FEWEST_ROUNDS and left < FEWEST_ROUNDS * seconds:
        least = (costs.spent + costs.rest + STARTING + FEWEST_ROUNDS * seconds) / MARGIN
        raise BudgetError(
            f"The budget must pay for reading, {FEWEST_ROUNDS} short rounds of training, and what follows: about "
            f"{least:.0f} s here. Got {budget:.0f} s. Try --budget {math.ceil(1.2 * least)}s."
        )
    return PretrainPlan(budget, steps, max(rounds, FEWEST_ROUNDS), PATIENCE, seconds, costs.rest)
