import numpy as np
import pytest
from PIL import Image

from warmstart.learning import near_images as module
from warmstart.learning.near_images import near_images

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


def test_asking_a_few_at_a_time_gives_the_same(monkeypatch):
    originals = blots(30)
    images = [*originals, *(reencoded(image, 70) for image in originals)]
    whole = near(images)
    monkeypatch.setattr(module, "ASKED", 7)
    monkeypatch.setattr(module, "PAIRS", 5)
    assert len(whole) >= 28
    assert near(images) == whole


def test_images_of_which_none_are_alike_give_no_pairs():
    assert near(blots(3)) == set()
