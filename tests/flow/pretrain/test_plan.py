import dataclasses

import pytest

from warmstart.errors import BudgetError
from warmstart.flow.pretrain.plan import FEWEST_ROUNDS, LEAST_STEPS, MOST_EPOCHS, Costs, plan_rounds

COSTS = Costs(spent=10.0, step=0.5, probe=4.0, rest=20.0)


def test_the_probe_takes_a_small_part_of_the_time_and_everything_fits():
    plan = plan_rounds(600.0, COSTS, 150)
    assert COSTS.probe <= 0.21 * plan.steps * COSTS.step
    assert COSTS.spent + plan.rounds * plan.seconds + COSTS.rest < 600.0
    assert (plan.budget_seconds, plan.rest) == (600.0, COSTS.rest)


def test_more_time_gives_more_rounds_up_to_the_most_passes_over_the_rows():
    rounds = [plan_rounds(budget, COSTS, 150).rounds for budget in (300.0, 900.0, 1e6)]
    assert rounds[0] < rounds[1] < rounds[2]
    last = plan_rounds(1e6, COSTS, 150)
    assert (last.rounds - 1) * last.steps < MOST_EPOCHS * 150 <= last.rounds * last.steps


def test_a_short_budget_gives_shorter_rounds_rather_than_none():
    plan = plan_rounds(90.0, COSTS, 150)
    assert plan.rounds == FEWEST_ROUNDS
    assert LEAST_STEPS <= plan.steps < plan_rounds(600.0, COSTS, 150).steps


def test_few_rows_still_give_a_few_rounds():
    assert plan_rounds(600.0, COSTS, 1).rounds >= FEWEST_ROUNDS


def test_a_budget_too_small_is_refused_with_one_that_is_enough():
    with pytest.raises(BudgetError, match=r"3 short rounds of training, and what follows: about (\d+) s here") as said:
        plan_rounds(40.0, COSTS, 150)
    enough = float(str(said.value).rsplit("--budget ", 1)[1].removesuffix("s."))
    assert plan_rounds(enough, dataclasses.replace(COSTS), 150).rounds >= FEWEST_ROUNDS
