import numpy as np
import pytest

from warmstart.core.representation import Dense
from warmstart.errors import DataError
from warmstart.flow.pretrain.pieces import image_pieces, pieces_of, text_pieces
from warmstart.sources._tiny import tiny_folder
from warmstart.sources.local_folder import LocalFolder

ROWS = np.arange(10)
NO_INPUTS = Dense("input_ids", np.zeros((0, 1), np.int32))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    def opened(kind):
        return LocalFolder().open(tiny_folder(tmp_path_factory.mktemp(kind), kind))

    return opened


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two", ("one", "two")),
        ("a bb ccccccccc", ("a bb", "ccccccccc")),
        ("aaaaaaaaa b c", ("aaaaaaaaa", "b c")),
        ("  spaced   out \n words ", ("spaced", "out words")),
        ("alone", None),
        ("", None),
    ],
)
def test_a_text_is_cut_between_the_words_nearest_to_its_middle(text, pieces):
    assert text_pieces(text) == pieces


@pytest.mark.parametrize("shape", [(8, 10), (9, 11)])
def test_images_give_opposite_quarters_grey_and_of_one_brightness_and_contrast(shape):
    height, width = shape
    pixels = np.random.default_rng(0).integers(0, 120, (3, *shape, 3), dtype=np.uint8)
    pixels[:, :, width // 2 :] += 100
    upper, lower = image_pieces(pixels)
    assert upper.shape == lower.shape == pixels.shape
    for piece in (upper, lower):
        assert (piece[..., 0] == piece[..., 1]).all()
        np.testing.assert_allclose(piece[..., 0].mean(axis=(1, 2)), 128, atol=6)
    row = pixels[0, 0, np.arange(width) // 2].mean(axis=1)
    assert np.corrcoef(upper[0, 0, :, 0], row)[0, 1] > 0.95
    row = pixels[0, height // 2 + (height - 1) // 2, width // 2 + np.arange(width) // 2].mean(axis=1)
    assert np.corrcoef(lower[0, -1, :, 0], row)[0, 1] > 0.95


def test_an_image_with_an_even_corner_has_none():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    pixels[1, :4, :4] = 90
    assert len(image_pieces(pixels)[0]) == 1


def test_a_network_is_asked_for_every_pair_and_says_the_same_again(source):
    texts = [f"{'good ' * row}film . {'bad ' * row}" for row in ROWS]
    pixels = np.random.default_rng(0).integers(0, 256, (len(ROWS), 16, 16, 3), dtype=np.uint8)
    for kind, cells, inputs in (("bert", texts, NO_INPUTS), ("resnet", [], Dense("pixels", pixels))):
        backbone = source(kind)
        pieces = pieces_of(backbone, cells, inputs, ROWS)
        module = backbone.build()
        first, again = pieces.scores(module), pieces.scores(module)
        assert first.shape == (pieces.pairs,) == (len(ROWS),)
        assert ((first > 0) & (first <= 1)).all()
        np.testing.assert_array_equal(first, again)


def test_inputs_of_which_too_few_have_pieces_are_refused(source):
    with pytest.raises(DataError, match=r"at least 8 held-out texts of two words or more\. Got 0 of 10\."):
        pieces_of(source("bert"), ["alone"] * 10, NO_INPUTS, ROWS)
    even = Dense("pixels", np.full((10, 16, 16, 3), 7, np.uint8))
    with pytest.raises(DataError, match=r"at least 8 held-out images with something in opposite corners\. Got 0 of 10"):
        pieces_of(source("resnet"), [], even, ROWS)
