"""Absorbing frozen norms changes the scale of weights and nothing that the network computes."""

import pytest
import torch
from torch import nn

from warmstart.training.absorbed import absorb_norms


def network():
    torch.manual_seed(0)
    stage = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1, bias=False))
    stage.append(nn.BatchNorm2d(2))
    for norm in (stage[1], stage[4]):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.01, 9.0)
        norm.weight.data.uniform_(-2.0, 2.0)
        norm.bias.data.normal_()
    return stage.eval()


def test_the_network_computes_the_same():
    stage, inputs = network(), torch.randn(5, 3, 8, 8)
    before = stage(inputs)
    absorb_norms([stage])
    torch.testing.assert_close(stage(inputs), before, atol=1e-5, rtol=1e-4)


def test_names_and_shapes_stay_and_only_the_bias_of_a_norm_is_trained():
    stage = network()
    shapes = {name: value.shape for name, value in stage.state_dict().items()}
    absorb_norms([stage])
    assert {name: value.shape for name, value in stage.state_dict().items()} == shapes
    assert not stage[1].weight.requires_grad
    assert stage[1].bias.requires_grad


def test_absorbing_twice_changes_nothing_more():
    stage = network()
    absorb_norms([stage])
    once = {name: value.clone() for name, value in stage.state_dict().items()}
    absorb_norms([stage])
    for name, value in stage.state_dict().items():
        torch.testing.assert_close(value, once[name], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_with_a_bias_is_left_as_it_is(bias):
    stage = nn.Sequential(nn.Conv2d(3, 4, 3, bias=bias), nn.BatchNorm2d(4))
    stage[1].running_var.fill_(4.0)
    before = stage[0].weight.clone()
    absorb_norms([stage])
    assert torch.equal(stage[0].weight, before) == bias


def test_a_norm_without_statistics_of_its_own_is_left_as_it_is():
    stage = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4, track_running_stats=False))
    before = stage[0].weight.clone()
    absorb_norms([stage])
    assert torch.equal(stage[0].weight, before)
    assert stage[1].weight.requires_grad
