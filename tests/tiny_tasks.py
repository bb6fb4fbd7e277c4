"""Tiny tasks with a tiny source that has looked at them: what strategies and controls are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.tiny_models import facts
from warmstart.core.adapted import Adapted
from warmstart.core.backbone import SourceHead
from warmstart.core.dataset import Column, ColumnKind, Dataset
from warmstart.core.material import Material
from warmstart.core.task import Task
from warmstart.flow.deliver import deliver
from warmstart.flow.embed import embed
from warmstart.flow.sources import open_source
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.sources._tiny import WORDS, tiny_folder
from warmstart.store.cache import Cache

ROWS = 40
TRAINED = 30
TOLERANCE = 1e-4


@dataclass(frozen=True)
class TinyTask:
    """A task of two classes: the first rows are for training, the others for looking on."""

    material: Material
    folds: np.ndarray

    @property
    def train(self) -> np.ndarray:
        return np.arange(TRAINED)

    @property
    def held(self) -> np.ndarray:
        return np.arange(TRAINED, ROWS)

    @property
    def every(self) -> np.ndarray:
        return np.arange(ROWS)


def images(folder: Path) -> TinyTask:
    """Red against blue, in noise, seen by a small ResNet that has a head for them."""
    rng = np.random.default_rng(0)
    colours = np.array([(150, 90, 90), (90, 90, 150)])
    cells = [np.clip(rng.normal(colours[row % 2], 40, (16, 16, 3)), 0, 255).astype(np.uint8) for row in range(ROWS)]
    return _task(folder, cells, "image", ("red", "blue"), "resnet")


def texts(folder: Path) -> TinyTask:
    """Good against bad, among other words, seen by a small BERT."""
    rng = np.random.default_rng(0)
    others = [word for word in WORDS if not word.startswith("[") and word not in ("good", "bad")]
    picks = [rng.choice(others, size=rng.integers(2, 9)).tolist() for _ in range(ROWS)]
    cells = [" ".join([*words, ("good", "bad")[row % 2]]) for row, words in enumerate(picks)]
    return _task(folder, cells, "text", ("good", "bad"), "bert")


def _task(folder: Path, cells: list, kind: ColumnKind, classes: tuple[str, str], network: str) -> TinyTask:
    import dataclasses

    labels = tuple(classes[row % 2] for row in range(ROWS))
    ids = tuple(f"row {row}" for row in range(ROWS))
    dataset = Dataset("tiny", (Column(kind, kind, cells),), ids, labels)
    backbone = open_source(tiny_folder(folder / "source", network))
    width = backbone.stages[-1].width
    rng = np.random.default_rng(1)
    head = SourceHead((*classes, "neither"), rng.normal(size=(3, width)).astype(np.float32), np.zeros(3, np.float32))
    backbone = dataclasses.replace(backbone, head=head)
    with Decoder(workers=1) as decoder:
        cuts = range(len(backbone.stages) + 1)
        seen = embed(dataset, backbone, cuts=cuts, cache=Cache(folder / "cache"), decoder=decoder, threads=1)
    task = Task(classes, kind)
    return TinyTask(Material(dataset, task, dataset.codes(task), backbone, seen), np.arange(TRAINED) % 3)


def saved_and_reloaded(tiny: TinyTask, adapted: Adapted, folder: Path, *, temperature: float = 1.0) -> Bundle:
    """Deliver the model as a bundle and return what is read back from disk."""
    return deliver(
        folder,
        deliverable=adapted.deliver(temperature),
        control=None,
        facts=facts(tiny.material.dataset.modality, task=tiny.material.task, temperature=temperature),
        reference={},
        evidence=None,
        readme="# Tiny\n",
    )


def answers(tiny: TinyTask, bundle: Bundle, rows: np.ndarray) -> np.ndarray:
    """Return the probabilities (rows, classes) that the bundle gives for the rows' own inputs."""
    cells = tiny.material.dataset.inputs[0].cells
    with Decoder(workers=1) as decoder:
        found = bundle.predict([cells[row] for row in rows], decoder=decoder, threads=1)
    assert not found.failed
    return found.proba
