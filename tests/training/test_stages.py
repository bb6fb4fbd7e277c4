import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from warmstart.sources._hf_stages import staged
from warmstart.sources._tiny import NETWORKS, WORDS
from warmstart.training.stages import freeze_below

SPEC = importlib.util.spec_from_file_location("tiny_network", Path(__file__).with_name("tiny_network.py"))
tiny_network = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tiny_network)


@pytest.fixture
def network():
    return tiny_network.TinyNetwork().start_over(0).eval()


@pytest.fixture
def pixels():
    return {
        "pixels": torch.randint(0, 256, (4, 12, 12, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    }


def texts(*lengths):
    ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    mask = torch.zeros_like(ids)
    generator = torch.Generator().manual_seed(1)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(5, len(WORDS), (length,), generator=generator)
        mask[row, :length] = 1
    return {"input_ids": ids, "attention_mask": mask}


def test_running_in_two_halves_gives_what_running_whole_gives(network, pixels):
    whole = network.run(network.enter(pixels), 0, 3)["hidden"]
    halfway = network.run(network.enter(pixels), 0, 1)
    assert torch.equal(network.run(halfway, 1, 3)["hidden"], whole)


def test_pixels_are_normalised_by_the_network(network):
    entered = network.enter({"pixels": torch.full((1, 2, 2, 3), 255, dtype=torch.uint8)})["hidden"]
    assert entered.shape == (1, 3, 2, 2)
    assert torch.allclose(entered, torch.ones(1))


def test_pools_mean_and_maximum_of_maps_side_by_side(network):
    hidden = torch.arange(8.0).view(1, 2, 2, 2)
    assert network.pool({"hidden": hidden}).tolist() == [[1.5, 5.5, 3.0, 7.0]]


def test_takes_up_what_was_stored_at_a_cut(network, pixels):
    stored = {"hidden": network.run(network.enter(pixels), 0, 2)["hidden"].detach().numpy().astype(np.float16)}
    resumed = network.run(network.take_up(stored, 2), 2, 3)["hidden"]
    assert torch.allclose(resumed, network.run(network.enter(pixels), 0, 3)["hidden"], atol=1e-2)


def test_frozen_batchnorm_and_dropout_stay_in_evaluation_mode_after_train(network, pixels):
    freeze_below(network, 2)
    before = {name: value.clone() for name, value in network.stages[:2].state_dict().items()}
    network.train()
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        network(pixels)[-1].sum().backward()
        optimiser.step()
    assert all(torch.equal(value, before[name]) for name, value in network.stages[:2].state_dict().items())
    assert not any(module.training for stage in network.stages[:2] for module in stage.modules())
    assert network.stages[2].training


def test_only_parameters_above_the_cut_are_trained(network):
    freeze_below(network, 1)
    assert not any(parameter.requires_grad for parameter in network.trunk(1))
    assert all(parameter.requires_grad for parameter in network.top(1))
    assert len(network.trunk(1)) + len(network.top(1)) == len(list(network.parameters()))


def test_norms_above_the_cut_can_be_held_too(network, pixels):
    freeze_below(network, 0, hold_norms=True)
    network.train()
    before = network.stages[2][1].running_mean.clone()
    network(pixels)
    assert torch.equal(network.stages[2][1].running_mean, before)
    assert network.stages[1][2].training


def test_starting_over_depends_on_the_seed_alone(network):
    torch.manual_seed(5)
    first = [p.clone() for p in network.start_over(3).parameters()]
    state = torch.get_rng_state()
    again = list(network.start_over(3).parameters())
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(next(iter(network.start_over(4).parameters())), first[0])


@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_a_texts_features_do_not_depend_on_the_padding_of_its_batch(kind):
    network = staged(kind, NETWORKS[kind], {})
    batch = texts(5, 17, 9)
    alone = {name: values[:1, :5] for name, values in batch.items()}
    with torch.no_grad():
        together, single = network(batch), network(alone)
    assert all(torch.allclose(a[:1], b, atol=1e-5) for a, b in zip(together, single, strict=True))


def test_pools_only_tokens_that_are_not_padding():
    network = staged("bert", NETWORKS["bert"], {})
    hidden = torch.tensor([[[1.0], [-3.0], [9.0]]])
    pooled = network.pool({"hidden": hidden, "attention_mask": torch.tensor([[1, 1, 0]])})
    assert pooled.tolist() == [[-1.0, 1.0]]
