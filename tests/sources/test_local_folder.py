import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from warmstart.errors import SourceError
from warmstart.runtime.images import resized
from warmstart.sources._folder import _image_preparation
from warmstart.sources._tiny import tiny_folder
from warmstart.sources.local_folder import LocalFolder


@pytest.fixture
def vit(tmp_path):
    return tmp_path / "vit" if tiny_folder(tmp_path / "vit") else None


@pytest.fixture
def bert(tmp_path):
    return tmp_path / "bert" if tiny_folder(tmp_path / "bert", "bert") else None


def change(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_a_folder_is_claimed_and_a_name_is_not(vit):
    assert LocalFolder.claims(str(vit))
    assert not LocalFolder.claims("efficientnet-lite0")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "last.ckpt"])
def test_pickled_weights_alone_are_refused(vit, name):
    (vit / "model.safetensors").rename(vit / name)
    with pytest.raises(
        SourceError, match=rf"has only pickled weights \({name}\).*never done\. Use a revision with model"
    ):
        LocalFolder().open(str(vit))


def test_a_folder_without_weights_is_refused(vit):
    (vit / "model.safetensors").unlink()
    with pytest.raises(SourceError, match=r"must hold model\.safetensors and config\.json\. It has no weights"):
        LocalFolder().open(str(vit))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="There is none"):
        LocalFolder().open(str(tmp_path / "nowhere"))


def test_weights_of_another_network_are_refused(vit):
    tensors = load_file(vit / "model.safetensors")
    tensors.pop(next(name for name in tensors if "layernorm" in name and "weight" in name))
    save_file(tensors, vit / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(SourceError, match=r"must be those of a 'vit'\. Missing: "):
        LocalFolder().open(str(vit)).build()


def test_pixels_are_scaled_as_the_processor_says(vit):
    change(vit / "preprocessor_config.json", image_mean=[0.25] * 3, image_std=[0.5] * 3, resample=2)
    backbone = LocalFolder().open(str(vit))
    assert backbone.preparation == {"kind": "image", "size": [16, 16], "resize": "squash", "filter": "bilinear"}
    entered = backbone.build().enter({"pixels": torch.full((1, 16, 16, 3), 255, dtype=torch.uint8)})["hidden"]
    assert torch.allclose(entered, torch.tensor(1.5))


@pytest.mark.parametrize(
    ("said", "prepared"),
    [
        ({"size": 224, "crop_pct": 0.875}, {"size": [224, 224], "resize": "crop", "crop_share": 0.875}),
        (
            {"size": {"shortest_edge": 224}, "crop_pct": 0.875},
            {"size": [224, 224], "resize": "crop", "crop_share": 0.875},
        ),
        ({"size": {"shortest_edge": 384}, "crop_pct": 1.0}, {"size": [384, 384], "resize": "squash"}),
        (
            {"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}},
            {"size": [224, 224], "resize": "crop", "crop_share": 0.875},
        ),
    ],
)
def test_images_are_brought_to_size_as_the_published_processor_does(said, prepared):
    found = _image_preparation({**said, "resample": 1}, "resnet", {})
    assert found == {"kind": "image", "filter": "lanczos", **prepared}


@pytest.mark.parametrize(("said", "crop"), [({"shortest_edge": 224}, True), ({"shortest_edge": 384}, False)])
def test_a_wide_image_is_seen_as_the_published_processor_of_a_convnext_shows_it(said, crop):
    from transformers import ConvNextImageProcessor

    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 40, 3), np.uint8)).resize((640, 320), 3)
    processor = ConvNextImageProcessor(size=said, crop_pct=0.875, resample=3)
    published = processor(picture, do_rescale=False, do_normalize=False)["pixel_values"][0]
    options = _image_preparation({"size": said, "crop_pct": 0.875, "resample": 3}, "convnext", {})
    ours = np.asarray(resized(picture, options), dtype=np.float32)
    assert np.abs(ours - np.moveaxis(np.asarray(published, np.float32), 0, 2)).mean() < 3
    assert (options["resize"] == "crop") is crop


@pytest.mark.parametrize(("size", "side"), [([16, 16], 16), ([16, 32], None)])
def test_a_vit_takes_square_images_alone(size, side):
    if side:
        assert _image_preparation({}, "vit", {"image_size": size})["size"] == [side, side]
        return
    with pytest.raises(SourceError, match="must take square images"):
        _image_preparation({}, "vit", {"image_size": size})


@pytest.mark.parametrize("said", [{"position_embedding_type": "relative_key_query"}, {"is_decoder": True}])
def test_a_network_that_would_be_computed_otherwise_is_refused(bert, said):
    change(bert / "config.json", **said)
    with pytest.raises(SourceError, match="must be an encoder with absolute positions"):
        LocalFolder().open(str(bert))


def test_an_image_model_without_a_processor_is_refused(vit):
    (vit / "preprocessor_config.json").unlink()
    with pytest.raises(SourceError, match=r"must hold preprocessor_config\.json\. It does not, so how its pixels"):
        LocalFolder().open(str(vit))


def test_a_tokenizer_is_made_from_the_words_where_there_is_only_that(bert):
    whole = LocalFolder().open(str(bert))
    (bert / "tokenizer.json").unlink()
    (bert / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nvery\nnot\na\nfilm\n.\n")
    made = LocalFolder().open(str(bert))
    from tokenizers import Tokenizer

    encoded = [
        Tokenizer.from_str(b.assets["tokenizer.json"].decode()).encode("Not a good film.").ids for b in (whole, made)
    ]
    assert encoded[0] == encoded[1] == [2, 8, 9, 5, 10, 11, 3]


def test_a_text_model_without_any_tokenizer_is_refused(bert):
    (bert / "tokenizer.json").unlink()
    with pytest.raises(SourceError, match=r"must hold tokenizer\.json\. It does not"):
        LocalFolder().open(str(bert))


def test_the_licence_is_read_from_the_readme(bert):
    (bert / "README.md").write_text("---\nlicense: mit\n---\n# A model\n")
    assert LocalFolder().open(str(bert)).card.licence == "mit"


def test_shards_are_hashed_together_and_may_not_lie_elsewhere(bert):
    one = LocalFolder().open(str(bert)).card.sha256
    (bert / "model.safetensors").rename(bert / "model-00001-of-00001.safetensors")
    names = load_file(bert / "model-00001-of-00001.safetensors")
    index = {"metadata": {"total_size": 1}, "weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors")}
    (bert / "model.safetensors.index.json").write_text(json.dumps(index))
    backbone = LocalFolder().open(str(bert))
    assert backbone.card.sha256 == one
    assert backbone.build() is not None
    index["weight_map"] = dict.fromkeys(names, "../elsewhere.safetensors")
    (bert / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(SourceError, match="which is not in it"):
        LocalFolder().open(str(bert))


def test_a_resnets_classifier_becomes_its_head(tmp_path):
    folder = tmp_path / "resnet"
    tiny_folder(folder, "resnet")
    tensors = {f"resnet.{name}": value for name, value in load_file(folder / "model.safetensors").items()}
    tensors |= {"classifier.1.weight": np.ones((2, 16), np.float32), "classifier.1.bias": np.zeros(2, np.float32)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    change(folder / "config.json", id2label={"0": "cat", "1": "dog"}, architectures=["ResNetForImageClassification"])
    backbone = LocalFolder().open(str(folder))
    assert backbone.head.labels == ("cat", "dog")
    assert backbone.head.weight.shape == (2, 16)
    assert backbone.build() is not None


def test_the_same_weights_elsewhere_have_the_same_hash(vit, tmp_path):
    shutil.copytree(vit, tmp_path / "copy")
    assert LocalFolder().open(str(vit)).card.sha256 == LocalFolder().open(str(tmp_path / "copy")).card.sha256


def test_an_adapter_without_its_network_is_refused(bert):
    (bert / "adapter_config.json").write_text("{}")
    with pytest.raises(SourceError, match="holds an adapter beside or instead of a network"):
        LocalFolder().open(str(bert))
