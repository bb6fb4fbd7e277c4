"""Embeddings of texts by all-MiniLM-L6-v2: our pass against sentence-transformers, on the same reviews.

python benchmarks/text_embeddings.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _data import texts
from _networks import minilm_folder
from _ours import TEXTS, dataset_of, prepared, representation, timed_pass
from _rounds import SET, Reading, Side, Work, both
from _tables import Bar, Comparison

CELLS, EMBEDDINGS = "texts.json", "embeddings.npy"
WARM = 32
ALIKE = 0.9999


def prepare(work: Work) -> None:
    """Export the trunk, and keep the embeddings that both sides must give."""
    cells, _ = texts(work.rows)
    (work.folder / CELLS).write_text(json.dumps(cells))
    backbone = prepared(work.folder, TEXTS)
    found = representation(dataset_of(cells, "text"), backbone)
    np.save(work.folder / EMBEDDINGS, _sentence(found.pooled[backbone.stages[-1].name]))


def ours(work: Work) -> Reading:
    """The pass of `fit`: mean and maximum after every layer, written to disk."""
    found = timed_pass(work.folder, TEXTS, dataset_of(_cells(work), "text"), warm=WARM)
    _same(work, _sentence(found.last))
    return {"seconds": found.seconds}


def sentence_transformers(work: Work) -> Reading:
    """`encode` as its documentation shows it: batches of 32, the longest texts first."""
    from sentence_transformers import SentenceTransformer

    cells, model = _cells(work), SentenceTransformer(minilm_folder())
    model.encode(cells[:WARM])
    start = time.perf_counter()
    found = model.encode(cells)
    seconds = time.perf_counter() - start
    _same(work, found)
    return {"seconds": seconds}


def _cells(work: Work) -> list[str]:
    return json.loads((work.folder / CELLS).read_text())


def _sentence(pooled: np.ndarray) -> np.ndarray:
    """Return the mean over tokens, the first half of what is pooled, at length one: what `encode` returns."""
    mean = pooled[:, : pooled.shape[1] // 2]
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _same(work: Work, found: np.ndarray) -> None:
    """Refuse a side that did other work: every embedding must point where that of `prepare` does."""
    least = float((found * np.load(work.folder / EMBEDDINGS)).sum(axis=1).min())
    if least < ALIKE:
        raise RuntimeError(f"Embeddings must agree to a cosine of {ALIKE}. The least alike have {least:.4f}.")


OURS, PEER = "warmstart", "sentence-transformers"
BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Embeddings of reviews and tweets by all-MiniLM-L6-v2: the pass that `fit` makes (mean and maximum after "
    "every layer), against `SentenceTransformer.encode` (mean after the last); after a warm-up, the trunk exported "
    "before.",
    prepare=prepare,
    sides=(Side(OURS, ours), *both(PEER, sentence_transformers)),
    comparisons=(
        Comparison("embed texts", PEER, OURS, Bar("≥", 1.3)),
        Comparison("embed texts", PEER + SET, OURS, Bar("≥", 1.3)),
    ),
    rows=1500,
    repeats=4,
)

if __name__ == "__main__":
    BENCHMARK.main()
