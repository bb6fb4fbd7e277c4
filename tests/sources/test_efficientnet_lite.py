import warnings

import pytest
import skimage.data
import torch
from PIL import Image

from warmstart.sources._efficientnet_lite import EfficientNetLite
from warmstart.sources.packaged import PUBLISHED, Packaged, _file
from warmstart.training.low_rank import add_adapters

EGYPTIAN_CAT, CATS = 285, slice(281, 286)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))


def reference(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from efficientnet_lite_pytorch import EfficientNet
    network = EfficientNet.from_name(name).eval()
    network.load_state_dict(torch.load(_file(PUBLISHED[name]), weights_only=True))
    return network


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_gives_the_outputs_of_the_published_package(name):
    backbone = Packaged().open(name)
    network, side = backbone.build(), backbone.card.input_size
    pixels = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = reference(name)((pixels.permute(0, 3, 1, 2).float() - 127) / 128)
        means = network({"pixels": pixels})[-1][:, :1280].numpy()
    found = means @ backbone.head.weight.T + backbone.head.bias
    assert abs(found - expected.numpy()).max() < 1e-4
    assert sum(parameter.numel() for parameter in network.parameters()) == backbone.card.parameter_count


def test_knows_a_cat_when_it_sees_one():
    backbone = Packaged().open("efficientnet-lite0")
    picture = Image.fromarray(skimage.data.chelsea()).resize((224, 224), Image.Resampling.BICUBIC)
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(1, 224, 224, 3)
    with torch.no_grad():
        means = backbone.build()({"pixels": pixels})[-1][:, :1280]
    scores = means @ torch.from_numpy(backbone.head.weight).T + torch.from_numpy(backbone.head.bias)
    proba = scores.softmax(1)[0]
    assert int(proba.argmax()) == EGYPTIAN_CAT
    assert float(proba[CATS].sum()) > 0.9


def test_takes_low_rank_adapters_above_a_cut():
    network = EfficientNetLite(width=1.0, depth=1.0).eval()
    add_adapters(network, 12, rank=2, seed=0)
    trained = [name for name, value in network.named_parameters() if value.requires_grad]
    assert {int(name.split(".")[1]) for name in trained} == set(range(12, len(network.stages)))
