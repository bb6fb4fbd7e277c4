"""Ten epochs of the last stage: from cached activations, against the loop that runs the frozen layers every epoch.

python benchmarks/top_training.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _data import photos, texts
from _ours import IMAGES, TEXTS, cache_with, dataset_of, prepared, representation
from _ratios import percent, points_between
from _rounds import SET, Reading, Readings, Side, Work, both
from _tables import Bar, Comparison, table

from warmstart.core.backbone import Backbone
from warmstart.flow.sources import open_source
from warmstart.learning.linear import PENALTIES, LinearHead, fit_logistic
from warmstart.runtime.cores import available_threads

EPOCHS = 10
RATE = 2e-4
SOURCES = {"image": IMAGES, "text": TEXTS}
TEST_TIMES = 2
FOLDS = 3


class Rows:
    """What `prepare` kept of one kind of input: cells, class codes, the probe, decoded photos."""

    def __init__(self, work: Work, kind: str) -> None:
        self.cells, codes = json.loads((work.folder / f"{kind}.json").read_text())
        self.codes = np.array(codes)
        self.train, self.test = np.arange(work.rows), np.arange(work.rows, len(self.cells))
        self.head = dict(np.load(work.folder / f"{kind}-head.npz"))
        self.pixels = np.load(work.folder / "pixels.npy") if kind == "image" else None


def prepare(work: Work) -> None:
    """Keep the rows, their representation, and the probe that every side starts from."""
    for kind, source in SOURCES.items():
        wanted = (1 + TEST_TIMES) * work.rows
        cells, labels = texts(wanted) if kind == "text" else photos(wanted, work.folder)
        codes = np.unique(labels, return_inverse=True)[1]
        (work.folder / f"{kind}.json").write_text(json.dumps([cells, codes.tolist()]))
        backbone = prepared(work.folder, source)
        found = representation(dataset_of(cells, kind), backbone, cuts=(0, _cut(backbone)))
        if kind == "image":
            np.save(work.folder / "pixels.npy", found.boundaries[0].batch(np.arange(wanted))["pixels"])
        train = np.arange(work.rows)
        features = found.features([backbone.stages[-1].name], train)
        head, _ = fit_logistic(features, codes[train], 2, train % FOLDS, penalties=PENALTIES)
        np.savez(work.folder / f"{kind}-head.npz", **asdict(head))


def ours(kind: str, work: Work) -> Reading:
    """The loop of `fit` over cached activations; "with pass" adds the pass that fills the cache."""
    from warmstart.training.loop import Loop, Recipe
    from warmstart.training.threads import use_threads

    use_threads(available_threads())
    rows = Rows(work, kind)
    filling = _seconds_of_pass(work, kind, [rows.cells[row] for row in rows.train])
    backbone = prepared(work.folder, SOURCES[kind])
    found = representation(dataset_of(rows.cells, kind), backbone, cuts=(_cut(backbone),))
    loop = Loop(
        backbone=backbone,
        module=backbone.build(),
        start=LinearHead(**rows.head),
        stages=(backbone.stages[-1].name,),
        cut=_cut(backbone),
        views=[found],
        codes=rows.codes,
        recipe=Recipe(EPOCHS, rate=RATE),
        seed=work.round,
    )
    start = time.perf_counter()
    adapted = loop.fit(rows.train)
    seconds = time.perf_counter() - start
    right = adapted.predict_proba(found, rows.test).argmax(1) == rows.codes[rows.test]
    return {"seconds": seconds, "with pass": seconds + filling, "right": right.tolist()}


def ordinary(kind: str, work: Work) -> Reading:
    """The plain loop in torch, at the same learning rates, from the same probe."""
    from _ordinary_loop import Head, ImageTop, TextTop, answers, train

    rows = Rows(work, kind)
    top = TextTop(rows.cells) if rows.pixels is None else ImageTop(rows.pixels)
    head = Head(rows.head)
    seconds = train(top, head, rows.codes, rows.train, epochs=EPOCHS, rate=RATE, seed=work.round)
    right = answers(top, head, rows.test) == rows.codes[rows.test]
    return {"seconds": seconds, "with pass": seconds, "right": right.tolist()}


def accuracy(readings: Readings) -> str:
    """Return the accuracy of both over all seeds, and their difference on the same rows."""
    lines = []
    for kind in SOURCES:
        mine, theirs = readings.right(OURS[kind]), readings.right(PEER[kind] + SET)
        lines.append([f"{kind}s", percent(mine), percent(theirs), points_between(mine, theirs)])
    return table(("test accuracy", "warmstart", "ordinary loop", "difference in points (95 % interval)"), lines)


def _seconds_of_pass(work: Work, kind: str, cells: list[str]) -> float:
    """Return what the pass over the training rows takes, pooled features and last boundary."""
    with cache_with(work.folder):
        backbone = open_source(SOURCES[kind])
        start = time.perf_counter()
        representation(dataset_of(cells, kind), backbone, cuts=(_cut(backbone),))
        return time.perf_counter() - start


def _cut(backbone: Backbone) -> int:
    return len(backbone.stages) - 1


OURS = {kind: f"warmstart, {kind}s" for kind in SOURCES}
PEER = {kind: f"ordinary loop, {kind}s" for kind in SOURCES}
LEAST = {"image": Bar("≥", 4.5), "text": Bar("≥", 5)}


def _sides(kind: str) -> tuple[Side, ...]:
    plain, with_allocator = both(PEER[kind], partial(ordinary, kind))
    # The allocator changes no number, and so the slow way is timed once only.
    return Side(OURS[kind], partial(ours, kind)), with_allocator, Side(plain.name, plain.job, rounds=1)


def _comparisons(kind: str) -> tuple[Comparison, ...]:
    work = f"last stage, {kind}s"
    return (
        Comparison(work, PEER[kind] + SET, OURS[kind], LEAST[kind]),
        Comparison(f"{work}, and the pass that fills the cache", PEER[kind] + SET, OURS[kind], measure="with pass"),
        Comparison(work, PEER[kind], OURS[kind], LEAST[kind]),
    )


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Ten epochs of training the last stage and the head, from the same probe, a seed a round: our loop over "
    "cached activations, against a loop in torch that runs the frozen layers in every epoch (photos of solar cells "
    "with EfficientNet-Lite0, reviews and tweets with MiniLM; batch 32). Twice as many rows are tested.",
    prepare=prepare,
    sides=(*_sides("image"), *_sides("text")),
    comparisons=(*_comparisons("image"), *_comparisons("text")),
    rows=192,
    repeats=5,
    more=accuracy,
)

if __name__ == "__main__":
    BENCHMARK.main()
