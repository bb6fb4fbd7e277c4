import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

from warmstart.cli.main import run
from warmstart.flow.sources import open_source
from warmstart.sources._tiny import tiny_folder

TINY_FIT = ("--strategy", "probe", "--quiet")
TINY = {"image": "./tiny-resnet", "text": "./tiny-bert"}
WORDS = ("very", "not", "a", "film", ".")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder as the docs suppose it, with a finished run on its photos and one on its reviews.

    What `auto` takes are tiny networks, few rows are tested by two outer folds instead of five, and the
    control from scratch trains for one epoch, so that a page runs in seconds.
    """
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _data(folder)
        tiny_folder(folder / "tiny-resnet", "resnet")
        tiny_folder(folder / "tiny-bert", "bert")
        patch.setattr("warmstart.flow.sources.candidates", lambda kind: [_card(TINY[kind])])
        patch.setattr("warmstart.flow.split.OUTER_FOLDS", 2)
        patch.setattr("warmstart.flow.planning.OUTER_FOLDS", 2)
        patch.setattr("warmstart.flow.plan.MOST_SCRATCH", 1)
        patch.setattr("warmstart.flow.pretrain.rows.FEWEST", 20)
        patch.setenv("COLUMNS", "100")
        assert run(["fit", "photos/", *TINY_FIT]) == 0
        columns = ["--input", "text", "--target", "label", "--classes", "positive,negative"]
        assert run(["fit", "reviews.csv", *columns, *TINY_FIT]) == 0
        yield folder


def _card(reference):
    return dataclasses.replace(open_source(reference).card, name=reference)


def _data(folder):
    rng = np.random.default_rng(0)
    rows = []
    for name, colour in (("red", (150, 90, 90)), ("blue", (90, 90, 150))):
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(30):
            pixels = np.clip(rng.normal(colour, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / name / f"{number}.png")
            rows.append((f"photos/{name}/{number}.png", name))
    _dusk(folder / "dusk")
    _table(folder / "photos.csv", ("file", "colour"), rows)
    (folder / "more_photos" / "green").mkdir(parents=True)
    for number in range(16):
        pixels = np.clip(rng.normal((90, 150, 90), 40, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "more_photos" / "green" / f"{number}.png")
    light = [(f"{name}/{number}.png", ("day", "night")[number % 2]) for name in ("red", "blue") for number in range(30)]
    _table(folder / "photos" / "metadata.csv", ("file", "light"), light)
    reviews = []
    for row in range(48):
        mark, word = (("positive", "good"), ("negative", "bad"))[row % 2]
        words = rng.choice(WORDS, size=rng.integers(3, 9)).tolist()
        reviews.append((f"{row // 2}_{row}", " ".join([*words, word]), mark))
    _table(folder / "reviews.csv", ("id", "text", "label"), reviews)


def _dusk(folder):
    """Photos of the same two colours in another light."""
    rng = np.random.default_rng(1)
    for name, colour in (("red", (90, 30, 30)), ("blue", (30, 30, 90))):
        (folder / name).mkdir(parents=True)
        for number in range(30):
            pixels = np.clip(rng.normal(colour, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"dusk-{number}.png")


def _table(file, header, rows):
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
