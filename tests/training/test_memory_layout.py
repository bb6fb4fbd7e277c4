import copy

import torch

from tests.training.tiny_network import TinyNetwork
from warmstart.training.memory_layout import lay_out


def test_weights_lie_as_torch_itself_would_lay_them_and_are_the_same():
    before = TinyNetwork().start_over(0)
    network, expected = copy.deepcopy(before), copy.deepcopy(before).to(memory_format=torch.channels_last)
    lay_out(network)
    for name, weight in network.named_parameters():
        assert weight.stride() == expected.get_parameter(name).stride()
        assert torch.equal(weight, before.get_parameter(name))
    assert network.stages[1][0].weight.stride() != before.stages[1][0].weight.stride()
