import dataclasses

import numpy as np
import pytest

from warmstart.core.representation import Dense
from warmstart.errors import DataError
from warmstart.flow.halves import halved_images, halved_text, halves_of


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("one two", ("one", "two")),
        ("a bb ccccccccc", ("a bb", "ccccccccc")),
        ("aaaaaaaaa b c", ("aaaaaaaaa", "b c")),
        ("  spaced   out \n words ", ("spaced", "out words")),
        ("alone", None),
        ("", None),
    ],
)
def test_a_text_is_cut_between_the_words_nearest_to_its_middle(text, halves):
    assert halved_text(text) == halves


def test_images_give_grey_halves_of_one_brightness_and_contrast():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 120, (3, 8, 10, 3), dtype=np.uint8)
    pixels[:, :, 5:] += 100
    left, right = halved_images(pixels)
    assert left.shape == right.shape == pixels.shape
    for half in (left, right):
        assert (half[..., 0] == half[..., 1]).all()
        np.testing.assert_allclose(half[..., 0].mean(axis=(1, 2)), 128, atol=3)
    first, last = pixels[0, :, 0].mean(axis=1), pixels[0, :, -1].mean(axis=1)
    assert np.corrcoef(left[0, :, 0, 0], first)[0, 1] > 0.95
    assert np.corrcoef(right[0, :, -1, 0], last)[0, 1] > 0.95


def test_an_image_with_an_even_half_has_none():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    pixels[1, :, :4] = 90
    assert len(halved_images(pixels)[0]) == 1


def test_a_network_is_asked_for_every_pair_the_same_again(text_task, image_task):
    for tiny in (text_task, image_task):
        material = tiny.material
        inputs = material.representation.boundaries[0]
        halves = halves_of(material.backbone, material.dataset.inputs[0].cells, inputs, tiny.every)
        module = material.backbone.build()
        first, again = halves.scores(module), halves.scores(module)
        assert first.shape == (halves.pairs,) == (len(tiny.every),)
        assert ((first > 0) & (first <= 1)).all()
        np.testing.assert_array_equal(first, again)


def test_inputs_of_which_too_few_can_be_halved_are_refused(text_task, image_task):
    texts, rows = text_task.material, np.arange(10)
    inputs = texts.representation.boundaries[0]
    with pytest.raises(DataError, match=r"at least 8 held-out texts of two words or more\. Got 0 of 10\."):
        halves_of(texts.backbone, ["alone"] * 10, inputs, rows)
    even = Dense("pixels", np.full((10, 16, 16, 3), 7, np.uint8))
    images = dataclasses.replace(image_task.material)
    with pytest.raises(DataError, match=r"at least 8 held-out images with something on both sides\. Got 0 of 10\."):
        halves_of(images.backbone, [], even, rows)
