"""Tasks for planted transfer: real ones, and ones made so that what is borrowed is of no use."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _gratings import gratings
from _ranking_tasks import EMOJI, POLES, SITES, Pool, Task
from _runs import SHARED

from warmstart.core.dataset import Column, Dataset

MADE, MOST = 1200, 1800
"""Rows of a pool that is made, and the most of one that is real."""
SIDE = 32
WORDS, WORD, TOKENS, SHARED_WORDS = 300, 6, 14, 0.75


def emoji(vendor: str, classes: Sequence[str] = EMOJI) -> Task:
    """Return pictures of one vendor, by what they show."""
    found = [(str(file), name) for name in classes for file in sorted((SHARED / "emoji" / vendor / name).glob("*.png"))]
    return _task(f"emoji {vendor}, {len(classes)} classes", "image", *zip(*found, strict=True))


def cells() -> Task:
    """Return photos of solar cells, whole or defective."""
    from warmstart.samples.solar_cells import _installed_folder, _labels

    paths, defects, _ = zip(*_some(_labels(_installed_folder())), strict=True)
    return _task("solar cells", "image", paths, defects)


def sentiment(site: str) -> Task:
    """Return the positive and negative texts of a site."""
    found = [(text, label) for text, label in _texts(site).items() if label in POLES]
    return _task(f"sentiment {site}", "text", *zip(*_some(found), strict=True))


def sites() -> Task:
    """Return texts of three sites: which is each from?"""
    found = [(text, site) for site in SITES for text in list(_texts(site))[: MOST // len(SITES)]]
    return _task("sites", "text", *zip(*found, strict=True))


def tilted() -> Task:
    """Return gratings in any light: are they upright?"""
    pixels, upright, _ = gratings(np.random.default_rng(2), MADE)
    return _task("gratings", "image", list(pixels), np.where(upright, "upright", "lying").tolist())


def textures() -> Task:
    """Return noise that is a little smoother along one axis: pixels and their neighbours tell which."""
    rng = np.random.default_rng(3)
    codes = rng.integers(2, size=MADE)
    noise = rng.normal(size=(MADE, SIDE, SIDE))
    smooth = np.where(codes[:, None, None], np.roll(noise, 1, axis=1), np.roll(noise, 1, axis=2))
    grey = np.clip(128 + 50 * (noise + 0.5 * smooth), 0, 255).astype(np.uint8)
    return _task("noise textures", "image", list(_rgb(grey)), np.where(codes, "along", "across").tolist())


def colours() -> Task:
    """Return noise without any form, a little redder or a little bluer on average."""
    rng = np.random.default_rng(4)
    codes = rng.integers(2, size=MADE)
    hue = rng.normal(0, 4, MADE) + np.where(codes, 5.0, -5.0)
    pixels = rng.normal(128, 50, (MADE, SIDE, SIDE, 3)) + hue[:, None, None, None] * np.array([1.0, 0.0, -1.0])
    return _task("colour alone", "image", list(np.clip(pixels, 0, 255).astype(np.uint8)), _names(codes))


def tokens() -> Task:
    """Return texts of random tokens, the labels drawn from two bags that share most of their tokens."""
    rng = np.random.default_rng(5)
    words = ["".join(rng.choice(list("bcdfgjkqvxz"), WORD)) for _ in range(WORDS)]
    common = round(SHARED_WORDS * WORDS)
    half = (WORDS - common) // 2
    bags = (words[: common + half], words[:common] + words[common + half :])
    codes = rng.integers(2, size=MADE)
    return _task("random tokens", "text", [" ".join(rng.choice(bags[code], TOKENS)) for code in codes], _names(codes))


def counted() -> Task:
    """Return real sentences, half of which hold a word that says nothing of what they are about."""
    found = [(text, str(" and " in f" {text.lower()} ")) for text in _texts("movies")]
    holding, lacking = ([one for one in found if one[1] == said] for said in ("True", "False"))
    return _task("one word", "text", *zip(*(holding[: MADE // 2] + lacking[: MADE // 2]), strict=True))


def at_random(real: Task) -> Task:
    """Return a task whose labels have nothing to do with its inputs: two classes, half of the rows each."""
    codes = np.random.default_rng(6).permutation(np.arange(len(real.rows)) % 2)
    return Task(f"{real.name}, labels at random", real.pool, real.rows, codes)


def thumbnails(vendor: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures of a vendor in SIDE pixels, (rows, SIDE, SIDE, 3) of uint8, and their class codes."""
    from PIL import Image

    found = emoji(vendor)
    pixels = []
    for path in found.pool.dataset.inputs[0].cells:
        with Image.open(path) as image:
            flat = Image.new("RGBA", image.size, "white")
            flat.alpha_composite(image.convert("RGBA"))
            pixels.append(np.array(flat.convert("RGB").resize((SIDE, SIDE))))
    return np.stack(pixels), found.codes


def _task(name: str, modality: Any, inputs: Sequence[Any], labels: Sequence[str]) -> Task:
    """Return the task of telling all labels apart."""
    ids = tuple(f"{name} {row}" for row in range(len(inputs)))
    kept = tuple(sorted(set(labels)))
    dataset = Dataset(name, (Column(modality, modality, list(inputs)),), ids, labels=tuple(labels))
    codes = np.array([kept.index(label) for label in labels])
    return Task(name, Pool(name, dataset, {}), np.arange(len(inputs)), codes)


def _texts(site: str) -> dict[str, str]:
    """Return the labels of a site by text, so that no text is there twice."""
    with Path(SHARED / "sentiment" / f"{site}.csv").open(encoding="utf-8", newline="") as stream:
        return {row["text"]: row["label"] for row in csv.DictReader(stream) if row["text"].strip()}


def _some(found: Sequence[Any]) -> list[Any]:
    """Return at most MOST of the rows, drawn with a fixed seed."""
    return [found[place] for place in np.sort(np.random.default_rng(1).permutation(len(found))[:MOST])]


def _names(codes: np.ndarray) -> list[str]:
    return np.where(codes, "one", "other").tolist()


def _rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=3)
