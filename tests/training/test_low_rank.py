import numpy as np
import pytest
import torch

from tests.training.tiny_network import TinyNetwork
from warmstart.errors import NotApplicable
from warmstart.training.low_rank import add_adapters, plain_weights


@pytest.fixture
def network():
    return TinyNetwork().start_over(0).eval()


@pytest.fixture
def inputs():
    return {"pixels": torch.from_numpy(np.random.default_rng(0).integers(0, 256, (4, 12, 12, 3), dtype=np.uint8))}


def features(network, inputs):
    with torch.no_grad():
        return torch.cat(network(inputs), dim=1)


def trained(network):
    return {name for name, value in network.named_parameters() if value.requires_grad}


def disturb(network):
    """Give every adapter something to say."""
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name in trained(network):
                value.normal_(0, 0.3)


def test_until_they_are_trained_nothing_changes(network, inputs):
    before = features(network, inputs)
    add_adapters(network, 1, rank=2, seed=0)
    torch.testing.assert_close(features(network, inputs), before)


def test_only_adapters_above_the_cut_are_trained(network):
    add_adapters(network, 2, rank=2, seed=0)
    assert trained(network)
    assert all(name.startswith("stages.2.") and ".lora_" in name for name in trained(network))


def test_plain_weights_have_the_names_of_before_and_answer_alike(network, inputs):
    names = set(network.state_dict())
    add_adapters(network, 0, rank=2, seed=0)
    disturb(network)
    weights = plain_weights(network)
    assert set(weights) == names
    plain = TinyNetwork().start_over(1).eval()
    plain.load_state_dict(weights)
    torch.testing.assert_close(features(plain, inputs), features(network, inputs), rtol=1e-4, atol=1e-4)


def test_the_weights_beneath_stay_those_of_the_source(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    add_adapters(network, 0, rank=2, seed=0)
    disturb(network)
    after = {name.replace(".base_layer.", "."): value for name, value in network.state_dict().items()}
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_where_no_layer_takes_an_adapter_that_is_said(network):
    with pytest.raises(NotApplicable, match="takes a low-rank adapter"):
        add_adapters(network, len(network.stages), rank=4, seed=0)


def test_the_seed_alone_decides_where_they_start(network):
    torch.manual_seed(5)
    add_adapters(network, 0, rank=2, seed=3)
    again = TinyNetwork().start_over(0).eval()
    torch.manual_seed(6)
    add_adapters(again, 0, rank=2, seed=3)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
