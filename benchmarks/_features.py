"""Real data sets as a packaged source sees them: features of every stage, embedded once into the user's cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _runs import SHARED

from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED
from warmstart.flow.embed import embed
from warmstart.flow.load import load
from warmstart.flow.sources import open_source
from warmstart.flow.split import Rows, describe_rows
from warmstart.learning.embedding import embedded, side_by_side
from warmstart.readers._base import ReadOptions
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

SOURCES = {"image": "efficientnet-lite0", "text": "all-minilm-l6-v2"}
BINARY = ("negative", "positive")


@dataclass(frozen=True)
class Seen:
    """The labelled rows of a data set: features of all stages (rows, width), codes, what splitting needs, and ids.

    Parameters
    ----------
    embedding : what a bundle gives of the rows as its embedding (rows, its width).
    """

    features: np.ndarray
    codes: np.ndarray
    rows: Rows
    classes: int
    embedding: np.ndarray
    ids: np.ndarray


def tables() -> dict[str, tuple[Path, ReadOptions]]:
    """Return eight data sets by name: where each lies, and how it is read."""
    cells = part("samples", "solar-cells")().fetch(Cache().root).data
    sentiment = SHARED / "sentiment"
    read = {"inputs": ("text",), "target": "label"}
    return {
        "solar cells": (cells, ReadOptions(inputs=("image",), target="label")),
        "cell types": (cells, ReadOptions(inputs=("image",), target="cell_type")),
        "emoji google": (SHARED / "emoji" / "google", ReadOptions()),
        "emoji twitter": (SHARED / "emoji" / "twitter", ReadOptions()),
        "amazon": (sentiment / "amazon.csv", ReadOptions(**read, classes=BINARY, groups="id~^[^_]+")),
        "amazon, 3 classes": (sentiment / "amazon.csv", ReadOptions(**read, groups="id~^[^_]+")),
        "movies": (sentiment / "movies.csv", ReadOptions(**read, classes=BINARY)),
        "tweets": (sentiment / "tweets.csv", ReadOptions(**read, classes=BINARY)),
    }


def seen(data: Path, options: ReadOptions, *, threads: int = 2, most: int = 4000) -> Seen:
    """Return what the source sees in the labelled rows, of at most `most` of them drawn with a fixed seed."""
    cache = Cache()
    with Decoder(workers=threads) as decoder:
        loaded = load(data, options, decoder=decoder, cache=cache)
        dataset, rows = loaded.dataset, describe_rows(loaded.dataset, loaded.task, loaded.duplicate_of)
        backbone: Any = open_source(SOURCES[dataset.modality])
        found = embed(dataset, backbone, cache=cache, decoder=decoder, threads=threads)
    labelled = np.flatnonzero(rows.codes != UNLABELLED)
    if len(labelled) > most:
        labelled = np.sort(np.random.default_rng(0).choice(labelled, most, replace=False))
    names = [stage.name for stage in backbone.stages]
    features = found.features(names, labelled)
    kept = Rows(rows.codes[labelled], rows.strata[labelled], rows.together[labelled])
    embedding = side_by_side([found.features([name], labelled) for name in embedded(names)])
    return Seen(features, kept.codes, kept, len(loaded.task.classes), embedding, np.array(dataset.ids)[labelled])
