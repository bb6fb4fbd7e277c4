import numpy as np
import pytest
from PIL import Image

from warmstart.learning.duplicates import exact_pairs, near_images, near_texts, stars

SIDE = 96


def blots(count: int, seed: int = 0) -> list[Image.Image]:
    rng = np.random.default_rng(seed)
    return [Image.fromarray(rng.integers(0, 255, (7, 7, 3), np.uint8)).resize((SIDE, SIDE), 3) for _ in range(count)]


def near(images: list[Image.Image]) -> set[tuple[int, int]]:
    grey = np.stack([np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BILINEAR)) for image in images])
    colours = np.stack([np.asarray(image.resize((8, 8), Image.Resampling.BOX)) for image in images])
    pairs = near_images(grey, colours, np.array([min(image.size) for image in images]))
    return {tuple(pair) for pair in pairs.tolist()}


def reencoded(image: Image.Image, quality: int) -> Image.Image:
    import io

    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


@pytest.mark.parametrize("change", ["q90", "q60", "half", "double"])
def test_finds_re_encoded_and_resized_copies_and_nothing_else(change):
    originals = blots(40)
    sizes = {"half": SIDE // 2, "double": SIDE * 2}
    copies = [
        image.resize((sizes[change],) * 2, 3) if change in sizes else reencoded(image, int(change[1:]))
        for image in originals
    ]
    found = near([*originals, *copies])
    wanted = {(row, row + 40) for row in range(40)}
    assert len(found & wanted) >= 38
    assert not found - wanted


def test_the_same_shape_in_another_colour_is_another_image():
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[20:60, 20:60] = (255, 0, 0)
    green = np.zeros((SIDE, SIDE, 3), np.uint8)
    green[20:60, 20:60] = (0, 130, 0)
    assert not near([Image.fromarray(red), Image.fromarray(green)])


def test_gives_up_where_all_images_look_alike():
    same = np.full((200, 32, 32), 100, np.uint8)
    assert near_images(same, np.full((200, 8, 8, 3), 100, np.uint8), np.full(200, 300)) is None


def test_texts_equal_but_for_case_and_punctuation_are_near():
    assert near_texts(["Very good!", "very  GOOD", "very bad"]).tolist() == [[0, 1]]


def test_texts_that_share_nine_tenths_are_near_and_others_are_not():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghij"), 6)) for _ in range(200)]
    texts = [" ".join(rng.choice(words, 60)) for _ in range(100)]
    edited = [text[:-3] + "xyz" for text in texts]
    assert near_texts([*texts, *edited]).tolist() == [[row, row + 100] for row in range(100)]


def test_texts_of_signs_only_are_compared_as_they_are():
    assert near_texts([":-)", ":-("]).size == 0


def test_groups_are_stars_and_never_chains():
    chain = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    centre = stars(["a", "b", "c", "d", "e"], chain)
    assert set(zip(range(5), centre.tolist(), strict=True)) == {(0, 1), (1, 1), (2, 1), (3, 3), (4, 3)}


def test_exact_copies_follow_their_first_row_into_its_star():
    assert stars(["a", "b", "a"], np.array([[1, 2]])).tolist() == [0, 0, 0]
    assert exact_pairs(["a", "b", "a", "a"]).tolist() == [[0, 2], [0, 3]]
