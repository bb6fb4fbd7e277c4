import numpy as np
import pytest

from warmstart.flow.sources import open_source
from warmstart.sources._tiny import tiny_folder
from warmstart.training.shift import norm_shift


@pytest.fixture
def resnet(tmp_path):
    """A small ResNet whose norms remember noise of middle brightness."""
    import dataclasses

    import torch

    backbone = open_source(tiny_folder(tmp_path / "tiny", "resnet"))
    module = backbone.build()
    module.train()
    with torch.no_grad():
        for seed in range(30):
            module.run(module.take_up({"pixels": noise(seed, 100)}, 0), 0, len(backbone.stages))
    return dataclasses.replace(backbone, build=lambda: module)


def noise(seed, brightness):
    pixels = np.random.default_rng(seed).normal(brightness, 40, (16, 16, 16, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def test_inputs_like_those_of_the_training_lie_near_and_others_far(resnet):
    near, far = (norm_shift(resnet, {"pixels": noise(99, brightness)}) for brightness in (100, 220))
    assert near < 0.3
    assert far > 3 * near


def test_the_networks_memory_is_not_changed_by_looking(resnet):
    assert norm_shift(resnet, {"pixels": noise(7, 220)}) == norm_shift(resnet, {"pixels": noise(7, 220)})


def test_a_network_without_batch_norms_does_not_remember(tmp_path):
    backbone = open_source(tiny_folder(tmp_path / "tiny", "bert"))
    feeds = {"input_ids": np.array([[2, 5, 3]]), "attention_mask": np.ones((1, 3), dtype=np.int64)}
    assert norm_shift(backbone, feeds) is None
