import pytest
import torch
from torch import nn

from tests.training import tiny_material
from warmstart.training.recipe import Recipe
from warmstart.training.stages import freeze_below
from warmstart.training.stepper import Stepper


def stepper(**changes):
    module = tiny_material.backbone().build()
    freeze_below(module, 1, hold_norms=True)
    return Stepper(module, nn.Linear(12, 2), Recipe(epochs=1, decay=0.5, **changes), steps=100)


def rates(made, step):
    made.begin(step)
    return [group["lr"] for group in made.optimizer.param_groups]


def test_rates_rise_and_fall_along_a_cosine_and_are_lower_below():
    made = stepper(rate=1.0, head_rate=2.0)
    assert rates(made, 4) == pytest.approx([0.5, 1.0, 2.0])
    assert rates(made, 0) == pytest.approx([0.1, 0.2, 0.4])
    assert max(rates(made, 99)) < 0.01


def test_stages_wait_for_the_head_where_it_goes_first():
    made = stepper(rate=1.0, head_rate=1.0, head_first=0.2)
    assert rates(made, 19)[:2] == [0.0, 0.0]
    assert rates(made, 19)[2] > 0.9
    assert rates(made, 24) == pytest.approx([0.5, 1.0, rates(made, 24)[2]])


def test_the_average_is_there_for_a_while_and_then_the_weights_go_on():
    made = stepper()
    for value in made.parameters:
        value.grad = torch.ones_like(value)
    made.begin(0)
    for value in made.parameters:
        value.grad = torch.ones_like(value)
    made.finish(0)
    own = [value.detach().clone() for value in made.parameters]
    with made.averaged():
        assert not all(torch.equal(one, two) for one, two in zip(own, made.parameters, strict=True))
    assert all(torch.equal(one, two) for one, two in zip(own, made.parameters, strict=True))


def stepped(made, step=4):
    made.begin(step)
    for value in made.parameters:
        value.grad = torch.ones_like(value)
    made.finish(step)
    return [value.detach().clone() for value in made.parameters]


def test_near_the_source_are_held_the_stages_alone_and_they_do_not_decay():
    free, held = (stepper(rate=1.0, head_rate=1.0, weight_decay=0.5, l2_sp=strength) for strength in (0.0, 1e9))
    starts = [value.detach().clone() for value in held.parameters]
    stages = sum(len(group["params"]) for group in held.optimizer.param_groups if not group["head"])
    after = stepped(held)
    for start, value in zip(starts[:stages], after[:stages], strict=True):
        torch.testing.assert_close(value, start, rtol=0, atol=1e-6)
    for start, value in zip(starts[stages:], after[stages:], strict=True):
        assert (value - start).abs().max() > 0.1
    assert [group["weight_decay"] for group in held.optimizer.param_groups] == [0.0, 0.0, 0.5]
    assert [group["weight_decay"] for group in free.optimizer.param_groups] == [0.5, 0.5, 0.5]
    assert free.anchor is None


def test_the_pull_does_not_depend_on_the_rate():
    kept = []
    for rate in (1e-3, 1.0):
        made, free = (stepper(rate=rate, weight_decay=0.0, l2_sp=strength) for strength in (1.0, 0.0))
        start = made.parameters[0].detach().clone()
        way = stepped(free)[0] - start
        kept.append(((stepped(made)[0] - start).norm() / way.norm()).item())
    assert kept == pytest.approx([0.5, 0.5], abs=1e-3)
