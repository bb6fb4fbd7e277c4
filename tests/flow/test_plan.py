import dataclasses
import json
import re

import pytest

from warmstart.errors import BudgetError
from warmstart.flow.plan import (
    DELIVERY_SECONDS,
    MARGIN,
    MOST_SCRATCH,
    SCRATCH_SHARE,
    SPARE,
    Pace,
    Plan,
    Sizes,
    Wish,
)
from warmstart.flow.plan import make_plan as made

PACE = Pace(spent=5.0, embed_row=0.01, train_row={"input": 0.05, "middle": 0.01, "top": 0.002}, control=5.0, closed=5.0)
SIZES = Sizes(all=2000, train=1280, fitted=1600, repeats=1, views=("mirror", "upside down", "half turn"))
WISHES = [Wish("partial", {"cut": "middle"}, 2), Wish("partial", {"cut": "top"}, 2), Wish("full", {"cut": "input"}, 3)]
DELIVER = DELIVERY_SECONDS + 0.01 * 400
LEAST = 5.0 + 20.0 + PACE.control + 5.0 + DELIVER


def make_plan(budget, *, pace=PACE, sizes=SIZES, wishes=WISHES, forced=False, no_scratch=""):
    return made(budget, pace, sizes, wishes, forced=forced, no_scratch=no_scratch)


def names(plan):
    return [f"{one.strategy} {one.setting['cut']}" for one in plan.candidates]


def test_a_budget_too_small_is_refused_with_the_number_that_is_needed():
    with pytest.raises(BudgetError, match=r"one pass, controls, the probe and delivery: about 45 s here\. Got 30 s\."):
        make_plan(30)
    with pytest.raises(BudgetError) as refused:
        make_plan(LEAST - 0.1)
    advised = float(re.search(r"Try --budget (\d+)s", str(refused.value)).group(1))
    assert make_plan(advised).budget_seconds == advised


def test_the_least_budget_runs_closed_forms_only():
    plan = make_plan(LEAST)
    assert plan.candidates == ()
    assert [one.strategy for one in plan.left_out] == ["partial", "partial", "full"]
    assert plan.scratch_epochs == 0


def test_what_does_not_fit_is_named_with_the_seconds_it_needs():
    left = make_plan(60).left_out[0]
    assert left.setting["cut"] == "middle"
    assert left.reason.startswith("needs 26 s, and ")


def test_the_same_inputs_give_the_same_plan():
    assert make_plan(300) == make_plan(300)
    assert json.dumps(make_plan(300).to_json()) == json.dumps(make_plan(300).to_json())


@pytest.mark.parametrize("budget", [60, 120, 300, 1000])
def test_it_comes_back_from_json_as_it_was(budget):
    plan = make_plan(budget)
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again.to_json() == plan.to_json()
    assert again.candidates == plan.candidates
    assert (again.views, again.left_out, again.scratch_epochs) == (plan.views, plan.left_out, plan.scratch_epochs)


def test_wishes_are_granted_in_their_order():
    generous = make_plan(10_000)
    assert names(generous) == ["partial middle", "partial top", "full input"]
    budget = next(budget for budget in range(45, 400) if make_plan(budget, wishes=WISHES[::2]).candidates)
    assert names(make_plan(budget, wishes=WISHES[::2])) == ["partial middle"]


def test_a_cheap_wish_is_granted_where_a_dearer_one_before_it_is_not():
    budget = next(budget for budget in range(45, 400) if make_plan(budget).candidates)
    plan = make_plan(budget)
    assert names(plan) == ["partial top"]
    assert (plan.left_out[0].strategy, plan.left_out[0].setting) == ("partial", {"cut": "middle"})


def test_only_what_would_fit_alone_may_follow_and_its_cut_is_kept():
    plan = make_plan(230)
    assert [(one.setting["cut"], one.may_follow) for one in plan.left_out] == [("input", False)]
    assert plan.cuts == {"middle", "top"}
    plan = make_plan(500)
    assert [(one.setting["cut"], one.may_follow) for one in plan.left_out] == [("input", True)]
    assert plan.cuts == {"middle", "top", "input"}
    folded = make_plan(500, sizes=dataclasses.replace(SIZES, repeats=6))
    assert [(one.setting["cut"], one.may_follow) for one in folded.left_out] == [("middle", True), ("input", False)]
    few = make_plan(500, sizes=dataclasses.replace(SIZES, repeats=6, refits=False))
    assert few.left_out
    assert not any(one.may_follow for one in few.left_out)


def test_only_what_nothing_more_wanted_waits_for_is_trained_longer():
    plans = [make_plan(budget) for budget in range(50, 600)]
    granted = [(plan, one) for plan in plans for one in plan.candidates if one.epochs < SIZES.epochs]
    assert {one.longer for _, one in granted} == {True, False}
    cuts = [wish.setting["cut"] for wish in WISHES]
    for plan, one in granted:
        waiting = [left.setting["cut"] for left in plan.left_out if left.may_follow]
        assert one.longer == all(cuts.index(cut) > cuts.index(one.setting["cut"]) for cut in waiting)


def test_what_cannot_be_fitted_again_in_time_is_granted_what_training_alone_takes():
    granted = [one for budget in range(45, 400) for one in make_plan(budget, wishes=WISHES[:1]).candidates]
    assert (granted[0].epochs, granted[0].again) == (2, False)
    assert (granted[-1].epochs, granted[-1].again) == (SIZES.epochs, True)
    first = next(one for one in granted if one.again)
    assert (first.epochs, first.seconds) == (2, pytest.approx(2 * 0.01 * SIZES.train, abs=0.1))


def test_what_would_fit_if_no_margin_were_kept_and_the_other_steps_were_quick_may_follow():
    budget = next(budget for budget in range(50, 320) if "input" in make_plan(budget).cuts)
    needed = 3 * 0.05 * SIZES.train
    steps = dict(make_plan(budget).steps)
    before = sum(seconds for name, seconds in steps.items() if not name.startswith("partial"))
    spare = SPARE * sum(steps[name] for name in ("controls", "probe", "deliver", "diagnose"))
    assert MARGIN * budget - before < needed <= budget - before + spare
    assert make_plan(budget - 1).cuts == {"middle", "top"}


def test_no_wish_gets_fewer_epochs_than_make_it_worth_its_time():
    for budget in range(46, 600, 20):
        for one in make_plan(budget).candidates:
            fewest = next(wish.fewest_epochs for wish in WISHES if wish.setting == one.setting)
            assert fewest <= one.epochs <= SIZES.epochs


def test_named_strategies_that_do_not_fit_are_refused_with_the_seconds_they_need():
    with pytest.raises(BudgetError, match=r"No named strategy fits the budget: full at input needs \d+ s"):
        make_plan(LEAST, forced=True)


@pytest.mark.parametrize("budget", range(46, 1500, 20))
def test_what_is_planned_fits_the_budget(budget):
    plan = make_plan(budget)
    again = sum(one.epochs * PACE.train_row[one.setting["cut"]] * SIZES.fitted for one in plan.candidates if one.again)
    views = len(plan.views) * PACE.embed_row * SIZES.fitted
    least = LEAST + dict(plan.steps)["diagnose"]
    assert sum(seconds for _, seconds in plan.steps) + again + views <= max(MARGIN * budget, least)


@pytest.mark.parametrize("budget", [60, 120, 300, 600, 1200, 5000])
def test_scratch_gets_a_fifth_of_the_budget_at_most(budget):
    plan = make_plan(budget)
    epoch = SIZES.train * PACE.train_row["input"]
    assert plan.scratch_epochs * epoch <= SCRATCH_SHARE * budget
    assert plan.scratch_epochs <= MOST_SCRATCH
    assert bool(plan.scratch_epochs) == (plan.scratch_reason == "")


def test_scratch_gets_the_winners_time_where_its_limit_allows():
    plan = make_plan(5000)
    dearest = max(one.seconds for one in plan.candidates)
    assert plan.scratch_epochs == int(dearest / (SIZES.train * PACE.train_row["input"]))


def test_without_scratch_it_says_why():
    assert make_plan(120).scratch_reason == "one epoch from scratch takes 64 s, and its limit is 18 s"


def test_scratch_may_be_out_of_the_question_and_then_nothing_is_kept_for_it():
    assert make_plan(600).scratch_epochs > 0
    plan = make_plan(600, no_scratch="it learns nothing")
    assert (plan.scratch_epochs, plan.scratch_reason) == (0, "it learns nothing")
    assert dict(plan.steps)["scratch"] == 0


def test_scratch_yields_where_else_the_most_wanted_could_not_be_trained():
    plans = [make_plan(budget, wishes=WISHES[::-1]) for budget in range(300, 500, 5)]
    yielding = [plan for plan in plans if "they pay for 'full'" in plan.scratch_reason]
    assert yielding
    for plan in yielding:
        assert names(plan)[0] == "full input"
        assert plan.scratch_epochs == 0
        assert plan.budget_seconds < min(one.budget_seconds for one in plans if one.scratch_epochs)


def test_five_outer_folds_pay_for_all_they_repeat():
    folded = Sizes(all=600, train=384, fitted=480, repeats=6, views=())
    once = Sizes(all=600, train=384, fitted=480, repeats=1, views=())
    steps = dict(make_plan(600, sizes=folded).steps)
    assert steps["probe"] == 6 * dict(make_plan(600, sizes=once).steps)["probe"]
    assert len(make_plan(100, sizes=folded).candidates) < len(make_plan(100, sizes=once).candidates)


def test_views_are_embedded_only_where_they_leave_time_to_train():
    assert make_plan(5000).views == SIZES.views
    assert make_plan(LEAST + 10).views == ()
    assert make_plan(5000, wishes=WISHES[2:]).views == ()
    assert make_plan(5000, sizes=Sizes(2000, 1280, 1600, 1, ())).views == ()
