from pathlib import Path

import numpy as np
import polars
import pytest
from PIL import Image

from warmstart.flow.joined import join_test
from warmstart.flow.load import load
from warmstart.flow.shortcuts import shortcuts, shortcuts_before_a_split
from warmstart.flow.split import describe_rows
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Examples
from warmstart.runtime.decode import Decoder

ROWS = 60
WORDS = ("lamp", "river", "stone", "cloud", "horse", "paper", "glass", "engine", "garden", "violin", "salt", "wind")
TEXTS = [f"{one} beside a {two}" for one in WORDS for two in WORDS]


@pytest.fixture(scope="module")
def decoder():
    with Decoder(workers=1) as running:
        yield running


def blots(folder, save):
    """Write photos whose content has nothing to do with the class; `save` writes one of a class."""
    rng = np.random.default_rng(0)
    for row in range(ROWS):
        name = ("cat", "dog")[row % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        blot = Image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8)).resize((48, 48), 3)
        save(blot, folder / name / f"{rng.integers(10**6):06d}", name == "dog")
    return folder


def as_png(image, path, is_dog):
    image.save(path.with_suffix(".png"))


def as_another_format(image, path, is_dog):
    image.save(path.with_suffix(".jpg"), quality=90) if is_dog else image.save(path.with_suffix(".png"))


def coarser(image, path, is_dog):
    image.save(path.with_suffix(".jpg"), quality=60 if is_dog else 90)


def larger(image, path, is_dog):
    image.resize((64, 56) if is_dog else (48, 48)).save(path.with_suffix(".png"))


def framed(image, path, is_dog):
    if is_dog:
        pixels = np.asarray(image).copy()
        pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:] = 0, 0, 0, 0
        image = Image.fromarray(pixels)
    image.save(path.with_suffix(".png"))


def by_another_camera(image, path, is_dog):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", f"Model {2 if is_dog else 1}"
    image.save(path.with_suffix(".jpg"), quality=90, exif=exif)


def named_after_its_class(image, path, is_dog):
    image.save(path.with_name(f"{'dog' if is_dog else 'cat'}_{path.name}.png"))


@pytest.mark.parametrize(
    ("save", "named", "seen"),
    [
        (as_another_format, "the file format", True),
        (coarser, "the file format", True),
        (larger, "the image size", True),
        (framed, "the level of a plain border", True),
        (by_another_camera, "the camera named in the file", False),
        (named_after_its_class, "the file name", False),
    ],
)
def test_what_images_of_a_class_have_in_common_beside_their_content_is_found(tmp_path, decoder, save, named, seen):
    found = shortcuts_before_a_split(load(blots(tmp_path / "photos", save), decoder=decoder))
    assert (named, seen) in [(one.name, one.seen) for one in found]
    assert all(one.tells.low > 0.75 and one.classes == 2 and one.rows == ROWS for one in found)


def test_images_that_differ_in_content_alone_have_no_shortcut(tmp_path, decoder):
    assert shortcuts_before_a_split(load(blots(tmp_path / "photos", as_png), decoder=decoder)) == ()


def table(**columns):
    rng = np.random.default_rng(1)
    labels = rng.permutation(["yes", "no"] * (len(TEXTS) // 2)).tolist()
    return polars.DataFrame({"text": TEXTS, "label": labels, **{name: make(labels) for name, make in columns.items()}})


def test_a_column_made_from_the_label_is_found_and_others_are_not(decoder):
    rng = np.random.default_rng(2)
    frame = table(
        stars=lambda labels: [5 if label == "yes" else int(rng.integers(1, 4)) for label in labels],
        shop=lambda labels: rng.choice(["east", "west"], len(labels)).tolist(),
    )
    loaded = load(frame, ReadOptions(target="label", inputs=("text",)), decoder=decoder)
    assert set(loaded.dataset.aside) == {"stars", "shop"}
    [found] = shortcuts_before_a_split(loaded)
    assert (found.name, found.seen) == ("the column 'stars'", False)


def test_an_audited_column_is_looked_at_too_and_the_groups_are_not(decoder):
    frame = table(site=lambda labels: [f"site of {label}" for label in labels], unit=lambda labels: labels)
    options = ReadOptions(target="label", inputs=("text",), attributes=("site",), groups="unit~^.")
    loaded = load(frame, options, decoder=decoder)
    assert loaded.dataset.aside == {}


def test_rows_that_stand_class_by_class_are_found_in_a_table(decoder):
    labels = ["yes"] * 72 + ["no"] * 72
    [found] = shortcuts_before_a_split(load(Examples(TEXTS, labels), decoder=decoder))
    assert (found.name, found.seen) == ("the order of the rows", False)


def test_the_length_of_texts_is_found_and_seen_by_the_model(decoder):
    labels = [("long", "short")[row % 2] for row in range(len(TEXTS))]
    texts = [f"{text} {text[::-1]}" if label == "long" else text for text, label in zip(TEXTS, labels, strict=True)]
    [found] = shortcuts_before_a_split(load(Examples(texts, labels), decoder=decoder))
    assert (found.name, found.seen) == ("the text length", True)


def test_labels_of_test_rows_are_not_looked_at(decoder):
    options = ReadOptions(target="label", inputs=("text",))
    telling = table(stars=list).with_columns(polars.col("text") + " again and")
    joined = join_test(load(table(), options, decoder=decoder), load(telling, options, decoder=decoder))
    assert shortcuts_before_a_split(joined) == ()
    assert shortcuts_before_a_split(join_test(load(telling, options, decoder=decoder), joined)) != ()


def test_classes_of_a_few_rows_are_left_aside(decoder):
    labels = ["yes"] * (len(TEXTS) - 9) + ["no"] * 9
    loaded = load(Examples(TEXTS, labels), decoder=decoder)
    rows = describe_rows(loaded.dataset, loaded.task, loaded.duplicate_of)
    assert shortcuts(loaded, rows, np.arange(len(TEXTS))) is None


def test_files_are_told_by_their_own_names_and_not_by_their_folders(tmp_path, decoder):
    folder = blots(tmp_path / "photos", as_png)
    paths = sorted(str(path) for path in folder.rglob("*.png"))
    loaded = load(Examples(paths, [Path(path).parent.name for path in paths]), decoder=decoder)
    assert "the file name" not in [one.name for one in shortcuts_before_a_split(loaded)]
