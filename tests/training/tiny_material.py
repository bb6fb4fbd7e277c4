"""Light and dark images, and what a tiny network sees in them."""

from __future__ import annotations

import numpy as np
import torch

from tests.training.tiny_network import TinyNetwork
from warmstart.core.backbone import Backbone, Stage
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.core.material import Material
from warmstart.core.representation import Dense, Representation
from warmstart.core.task import Task
from warmstart.learning.linear import fit_logistic
from warmstart.training.transferred import Transferred

ROWS = 24
STAGES = (("stem", 4), ("block", 4), ("last", 6))
NAMES = tuple(name for name, _ in STAGES)


def material() -> Material:
    """Return the rows with everything that the network sees in them, at every cut."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 128, (ROWS, 12, 12, 3), dtype=np.uint8)
    pixels[::2] += 60
    codes = (np.arange(ROWS) + 1) % 2
    dataset = Dataset("tiny", (Column("image", "image", list(pixels)),), tuple(map(str, range(ROWS))))
    source = backbone()
    return Material(dataset, Task(("dark", "light"), "image"), codes, source, seen(source, pixels))


def backbone() -> Backbone:
    """Return the tiny network as a source."""
    card = Card("tiny", "here", "0" * 64, "Apache-2.0", "image", "tiny", 12, 1, "nothing")
    stages = tuple(Stage(name, width) for name, width in STAGES)
    preparation = {"kind": "image", "size": [12, 12], "resize": "squash", "filter": "bilinear"}
    return Backbone(card, stages, preparation, lambda: TinyNetwork().start_over(0).eval())


def seen(source: Backbone, pixels: np.ndarray) -> Representation:
    """Return pooled features of every stage and the boundary at every cut."""
    network = source.build()
    with torch.no_grad():
        entered = network.enter({"pixels": torch.from_numpy(pixels)})
        reached = [network.run(entered, 0, cut) for cut in (1, 2, 3)]
        pooled = {name: network.pool(one).numpy() for name, one in zip(NAMES, reached, strict=True)}
    boundaries = {cut: Dense("hidden", one["hidden"].numpy()) for cut, one in enumerate(reached, start=1)}
    return Representation("key", pooled, {0: Dense("pixels", pixels), **boundaries})


def probe(given: Material, stages: tuple[str, ...] = NAMES) -> Transferred:
    """Return a head on the stages of the intact source."""
    features = given.representation.features(stages, np.arange(ROWS))
    head, _ = fit_logistic(features, given.codes, 2, np.arange(ROWS) % 3, penalties=(1e-3,))
    return Transferred(given.backbone, head, stages, len(NAMES))
