"""Datasets for the ranking benchmark: pools of rows that every source sees once, and tasks on their rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _runs import SHARED

from warmstart.core.dataset import Column, Dataset

A_CLASS = 100
IMAGES = 400
TEXTS = 500
EMOJI = ("activities", "animals-nature", "food-drink", "objects")
EMOJI += ("people-body", "smileys-emotion", "symbols", "travel-places")
SITES = ("amazon", "movies", "tweets")
POLES = ("negative", "positive")
PHOTOS = ("astronaut", "coffee", "chelsea", "brick", "grass", "gravel", "retina", "immunohistochemistry")
PATCH = 40
MILD, STRONG = 0.8, 2.2


@dataclass(frozen=True)
class Pool:
    """Inputs of one kind, and the values that tasks are made of, by name."""

    name: str
    dataset: Dataset
    values: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Task:
    """One dataset of the benchmark: some rows of a pool, and the class code of each."""

    name: str
    pool: Pool
    rows: np.ndarray
    codes: np.ndarray


def pools(modality: str, *, other: bool = False) -> dict[str, Pool]:
    """Return the pools of a modality; the `other` rows are never judged on, sources are adapted to them."""
    if modality == "text":
        return {site: _texts(site, other) for site in SITES}
    found = {"cells": _cells(other), "digits": _digits(other)}
    return found if other else {**found, "patches": _patches(), **{one: _emoji(one) for one in ("google", "twitter")}}


def tasks(modality: str) -> list[Task]:
    """Return the datasets of a modality: image 10, text 9."""
    made = pools(modality)
    if modality == "image":
        emoji = (("google", EMOJI), ("google", EMOJI[4:6]), ("google", (EMOJI[0], EMOJI[3])), ("twitter", EMOJI))
        emoji += (("twitter", (EMOJI[3], *EMOJI[6:])), ("twitter", EMOJI[1:3]))
        found = [task(made[vendor], "label", classes) for vendor, classes in emoji]
        others = (("cells", "defect"), ("cells", "kind"), ("digits", "label"), ("patches", "label"))
        return [*found, *(task(made[pool], label) for pool, label in others)]
    whole = _joined(list(made.values()))
    found = [task(whole, "label", classes, site=site) for site in SITES for classes in (POLES, None)]
    return [*found, task(whole, "label", POLES), task(whole, "site"), task(whole, "strength", ("mild", "strong"))]


def task(pool: Pool, label: str, classes: tuple[str, ...] | None = None, *, site: str = "") -> Task:
    """Return the task of telling some classes of a label apart, on one site or on all; all classes by default."""
    values = np.array(pool.values[label])
    kept = classes or tuple(np.unique(values))
    there = np.isin(values, kept) & (np.array(pool.values["site"]) == site if site else True)
    rows = np.flatnonzero(there)
    codes = np.array([kept.index(value) for value in values[rows]])
    said = ", ".join(kept) if len(kept) < 4 else f"{label}, {len(kept)} classes"
    return Task(f"{site or pool.name}: {said}", pool, rows, codes)


def _pool(name: str, modality: Any, cells: list[Any], **values: Any) -> Pool:
    ids = tuple(f"{name} {row}" for row in range(len(cells)))
    dataset = Dataset(name, (Column(modality, modality, cells),), ids)
    return Pool(name, dataset, {label: tuple(said) for label, said in values.items()})


def _joined(parts: list[Pool]) -> Pool:
    cells = [cell for pool in parts for cell in pool.dataset.inputs[0].cells]
    names = parts[0].values
    return _pool(
        "sites", "text", cells, **{name: [one for pool in parts for one in pool.values[name]] for name in names}
    )


def _emoji(vendor: str) -> Pool:
    files = [
        (file, name) for name in EMOJI for file in sorted((SHARED / "emoji" / vendor / name).glob("*.png"))[:A_CLASS]
    ]
    return _pool(vendor, "image", [str(file) for file, _ in files], label=[name for _, name in files])


def _cells(other: bool) -> Pool:
    from warmstart.samples.solar_cells import _installed_folder, _labels

    lines = _labels(_installed_folder())[1 if other else 0 :: 6][:IMAGES]
    cells, defects, kinds = zip(*lines, strict=True)
    return _pool("cells", "image", list(cells), defect=defects, kind=kinds)


def _digits(other: bool) -> Pool:
    from sklearn.datasets import load_digits

    found = load_digits()
    some = slice(IMAGES, 2 * IMAGES) if other else slice(IMAGES)
    cells = [np.repeat((15 * image).astype(np.uint8)[..., None], 3, axis=2) for image in found.images[some]]
    return _pool("digits", "image", cells, label=[str(target) for target in found.target[some]])


def _patches() -> Pool:
    """Small grey patches of photographs that scikit-image brings: which photograph is each from?"""
    from skimage import color, data

    rng = np.random.default_rng(0)
    cells, labels = [], []
    for name in PHOTOS:
        photo: np.ndarray = getattr(data, name)()
        grey = photo if photo.ndim == 2 else (255 * color.rgb2gray(photo)).astype(np.uint8)
        for _ in range(IMAGES // len(PHOTOS)):
            top, left = (int(rng.integers(0, side - PATCH)) for side in grey.shape)
            cells.append(np.repeat(grey[top : top + PATCH, left : left + PATCH, None], 3, axis=2))
            labels.append(name)
    return _pool("patches", "image", cells, label=labels)


def _texts(site: str, other: bool) -> Pool:
    with Path(SHARED / "sentiment" / f"{site}.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["text"].strip()]
    rng = np.random.default_rng(1)
    chosen = rng.permutation(len(rows))[TEXTS if other else 0 :][:TEXTS]
    some = [rows[place] for place in chosen]
    return _pool(
        site,
        "text",
        [row["text"] for row in some],
        label=[row["label"] for row in some],
        site=[site] * len(some),
        strength=[_strength(abs(float(row["score"]))) for row in some],
    )


def _strength(score: float) -> str:
    """Return how strongly a text feels, by the size of its rating from 0 to 4; nothing where that is between."""
    return "mild" if score < MILD else "strong" if score > STRONG else ""
