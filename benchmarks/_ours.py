"""Our side of the benchmarks of single steps: a source whose trunk is exported already, and its pass over rows."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Column, ColumnKind, Dataset
from warmstart.core.representation import Representation
from warmstart.flow.embed import embed
from warmstart.flow.sources import open_source
from warmstart.runtime.cores import available_threads
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.training.stage_graph import stage_graph

IMAGES, TEXTS = "efficientnet-lite0", "all-minilm-l6-v2"
CACHE = "cache"


def prepared(folder: Path, source: str) -> Backbone:
    """Return a source whose weights and exported graph lie in a cache of the folder's own."""
    os.environ["WARMSTART_CACHE"] = str(folder / CACHE)
    backbone = open_source(source)
    stage_graph(backbone, Cache(), threads=available_threads())
    return backbone


@contextlib.contextmanager
def cache_with(folder: Path, *kinds: str) -> Iterator[Path]:
    """Make the cache one that holds only some kinds of what `prepared` left: its graph and weights, and those named."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for kind in ("graphs", "weights", *kinds):
            if (folder / CACHE / kind).exists():
                shutil.copytree(folder / CACHE / kind, Path(name) / kind)
        os.environ["WARMSTART_CACHE"] = name
        yield Path(name)


def dataset_of(cells: Sequence[str], kind: ColumnKind) -> Dataset:
    """Return paths of images, or texts, as a dataset."""
    return Dataset("rows", (Column("input", kind, cells),), tuple(f"row {row + 1}" for row in range(len(cells))))


def representation(dataset: Dataset, backbone: Backbone, *, cuts: Collection[int] = ()) -> Representation:
    """Return what the source sees in the rows: the pass that `fit` makes."""
    with Decoder(workers=available_threads()) as decoder:
        return embed(dataset, backbone, cuts=cuts, cache=Cache(), decoder=decoder, threads=available_threads())


@dataclass(frozen=True)
class Pass:
    """What the last stage gave for the rows, pooled (rows, width), and the seconds that all stages took."""

    last: np.ndarray
    seconds: float


def timed_pass(folder: Path, source: str, dataset: Dataset, *kept: str, warm: int) -> Pass:
    """Time the pass that `fit` makes over the rows, after one over the first of them.

    Parameters
    ----------
    kept : kinds of what `prepared` left that the cache holds besides graph and weights.
    warm : how many rows the first pass has.
    """
    with cache_with(folder, *kept):
        backbone = open_source(source)
        representation(dataset.take(np.arange(warm)), backbone)
        start = time.perf_counter()
        found = representation(dataset, backbone)
        seconds = time.perf_counter() - start
        return Pass(np.array(found.pooled[backbone.stages[-1].name]), seconds)
