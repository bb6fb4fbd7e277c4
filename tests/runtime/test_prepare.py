import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from warmstart.errors import BundleError
from warmstart.runtime.prepare import preparation, prepared_batches


def tokenizer() -> bytes:
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "good": 1, "bad": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made.to_str().encode()


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
def test_prepares_images_at_one_size_and_names_the_others(decoder, resize):
    made = preparation({"kind": "image", "size": [8, 12], "resize": resize}, {})
    prepared = made.prepare([np.zeros((20, 10, 3), np.uint8), b"", np.zeros((5, 5, 3), np.uint8)], decoder)
    assert prepared.feeds["pixels"].shape == (2, 8, 12, 3)
    assert prepared.kept.tolist() == [0, 2]
    assert prepared.failed == {1: "is empty"}


def test_crop_keeps_the_middle(decoder):
    image = np.zeros((10, 30, 3), np.uint8)
    image[:, 10:20] = 255
    made = preparation({"kind": "image", "size": [8, 8], "resize": "crop", "filter": "box"}, {})
    assert made.prepare([image], decoder).feeds["pixels"].min() == 255


def test_pads_and_cuts_tokens_and_names_empty_texts(decoder):
    config = {"kind": "text", "tokenizer": "tokenizer.json", "max_length": 3, "pad_id": 9}
    made = preparation(config, {"tokenizer.json": tokenizer()})
    prepared = made.prepare(["good", "bad good good good", " ", None, "caf\udce9"], decoder)
    assert prepared.feeds["input_ids"].tolist() == [[1, 9, 9], [2, 1, 1]]
    assert prepared.feeds["attention_mask"].tolist() == [[1, 0, 0], [1, 1, 1]]
    odd = "holds what is no character (bytes that are not UTF-8, or half an emoji)"
    assert prepared.failed == {2: "is empty", 3: "is missing", 4: odd}


def test_constant_knows_nothing_of_the_input(decoder):
    assert preparation({"kind": "constant"}, {}).prepare(["a", "b"], decoder).feeds["features"].tolist() == [[0], [0]]


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(BundleError, match=r"There is no preparation 'imgae'.*Did you mean 'image'"):
        preparation({"kind": "imgae"}, {})


def test_a_missing_tokenizer_is_named():
    with pytest.raises(BundleError, match=r"needs the file 'tokenizer.json', and it is not there"):
        preparation({"kind": "text", "max_length": 3}, {})


def test_batches_cover_every_cell_in_order(decoder):
    made = preparation({"kind": "hog"}, {})
    cells = [np.full((16, 16, 3), row, np.uint8) for row in range(5)]
    got = [(rows.tolist(), len(prepared.kept)) for rows, prepared in prepared_batches(made, cells, decoder, 2)]
    assert got == [([0, 1], 2), ([2, 3], 2), ([4], 1)]
