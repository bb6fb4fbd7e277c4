import pytest
import torch

from warmstart.errors import SourceError
from warmstart.sources import _hf_plan
from warmstart.sources._hf_stages import random_model, staged
from warmstart.sources._tiny import NETWORKS, WORDS

NORMALISE = {"mean": [127.5] * 3, "std": [127.5] * 3}


@pytest.mark.parametrize("kind", ["vit", "resnet", "convnext"])
def test_image_stages_give_what_the_library_gives(kind):
    model = random_model(kind, NETWORKS[kind])
    network = staged(kind, NETWORKS[kind], NORMALISE, model)
    pixels = torch.randint(0, 256, (2, 16, 16, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        entered = network.enter({"pixels": pixels})
        found = network.run(entered, 0, len(network.stages))["hidden"]
        assert torch.allclose(found, model(entered["hidden"]).last_hidden_state, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_text_stages_give_what_the_library_gives(kind):
    model = random_model(kind, NETWORKS[kind])
    network = staged(kind, NETWORKS[kind], {}, model)
    ids = torch.randint(5, len(WORDS), (2, 20), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 11:] = 0
    with torch.no_grad():
        entered = network.enter({"input_ids": ids, "attention_mask": mask})
        found = network.run(entered, 0, len(network.stages))["hidden"] * mask[:, :, None]
        expected = model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[:, :, None]
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(NETWORKS))
def test_the_plan_names_as_many_stages_as_the_network_has(kind):
    network = staged(kind, NETWORKS[kind], NORMALISE if kind in _hf_plan.IMAGES else {})
    assert len(_hf_plan.stages(kind, NETWORKS[kind])) == len(network.stages)


@pytest.mark.parametrize("kind", sorted(NETWORKS))
def test_starting_over_draws_other_weights(kind):
    network = staged(kind, NETWORKS[kind], NORMALISE if kind in _hf_plan.IMAGES else {}).start_over(1)
    before = [parameter.clone() for parameter in network.parameters()]
    assert any(not torch.equal(a, b) for a, b in zip(before, network.start_over(2).parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before, network.start_over(1).parameters(), strict=True))


def test_only_known_parameters_of_a_configuration_are_read():
    config = {"model_type": "bert", "hidden_size": 16, "auto_map": {"AutoModel": "evil.py"}, "_name_or_path": "x"}
    assert _hf_plan.parameters(config) == {"hidden_size": 16}


def test_an_unknown_architecture_is_refused_with_the_list():
    with pytest.raises(SourceError, match=r"one of these architectures: vit, resnet, .* config\.json says 'mamba'"):
        _hf_plan.architecture({"model_type": "mamba"}, "x")


def test_code_that_a_model_brings_is_never_run():
    with pytest.raises(SourceError, match="brings code of its own, which is never run"):
        _hf_plan.architecture({"model_type": "own", "auto_map": {"AutoModel": "own.py"}}, "x")
