"""A few labels a class, drawn anew every round; what is left of the rows tests what was learnt from them."""

from __future__ import annotations

import csv
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _ours import cache_with, prepared
from _ratios import mean_of
from _rounds import Reading, Readings, Side, Work
from _runs import warmstart
from _tables import Comparison, table

TESTED = 1000
BUDGET = "5m"
OURS = "warmstart fit"
Rows = Sequence[tuple[str, str]]
"""Inputs and their labels."""


@dataclass(frozen=True)
class Drawn:
    """The labelled rows of a round, and the rows that test it."""

    cells: list[str]
    labels: list[str]
    tested: list[str]
    wanted: np.ndarray


def few_shot(
    file: str,
    summary: str,
    read: Callable[[], Rows],
    *,
    source: str,
    column: str,
    peers: Sequence[Side],
    comparisons: Sequence[Comparison],
    rows: int,
) -> Benchmark:
    """Return the benchmark of `fit` against peers on a few rows a class, ten draws of them.

    Parameters
    ----------
    read : returns all rows.
    source : whose graph is exported before.
    column : what our table calls the inputs.
    """

    def prepare(work: Work) -> None:
        prepared(work.folder, source)

    return Benchmark(
        file=Path(file).name,
        summary=f"{summary}, drawn anew every round and tested on {TESTED:,} others. The time of learning is from the "
        "first import until it has learnt, ours that of the command, with controls, outer folds and the bundle, the "
        "source's graph exported before.",
        prepare=prepare,
        sides=(Side(OURS, lambda work: ours(work, read(), column=column)), *peers),
        comparisons=comparisons,
        rows=rows,
        repeats=10,
        more=accuracies,
    )


def drawn(rows: Rows, work: Work) -> Drawn:
    """Return as many rows of every class, by the round's seed, and at most TESTED of the others."""
    order = list(rows)
    random.Random(work.round).shuffle(order)
    each = work.rows // len({label for _, label in order})
    taken: Counter[str] = Counter()
    train, rest = [], []
    for cell, label in order:
        taken[label] += 1
        (train if taken[label] <= each else rest).append((cell, label))
    cells, labels = (list(part) for part in zip(*train, strict=True))
    tested, wanted = (list(part) for part in zip(*rest[:TESTED], strict=True))
    return Drawn(cells, labels, tested, np.array(wanted))


def ours(work: Work, rows: Rows, *, column: str, options: Sequence[str] = ()) -> Reading:
    """`warmstart fit` on the few rows; besides the command's time, that of the source's pass and of the chosen fit."""
    import warmstart as library

    given = drawn(rows, work)
    with tempfile.TemporaryDirectory(dir=work.folder) as name, cache_with(work.folder) as cache:
        data, run = Path(name) / "few.csv", Path(name) / "run"
        with data.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([(column, "label"), *zip(given.cells, given.labels, strict=True)])
        command = [
            "fit",
            str(data),
            "--input",
            column,
            "--target",
            "label",
            "--budget",
            BUDGET,
            *options,
            "--out",
            str(run),
        ]
        result, seconds = warmstart(*command, "--seed", str(work.round), cache=cache)
        right = np.asarray(library.load(run / "bundle").predict(given.tested)) == given.wanted
    name = result["chosen"]["name"]
    fitted = next(trial["seconds"] for trial in result["trials"] if trial["name"] == name)
    training = result["seconds"]["embed"] + fitted
    return {"seconds": seconds, "training": training, "accuracy": 100 * float(right.mean()), "chosen": name}


def learnt(work: Work, given: Drawn, seconds: float, answers: Sequence[str] | np.ndarray) -> Reading:
    """Return a peer's reading: the seconds until it had learnt, and its accuracy."""
    return {"seconds": seconds, "accuracy": 100 * float(np.mean(np.asarray(answers) == given.wanted))}


def accuracies(readings: Readings) -> str:
    """Return the accuracy of every side and ours less theirs, as means over draws, and what of ours was chosen."""
    own = np.array(readings.values(OURS, "accuracy"))
    lines = []
    for side in readings.found:
        theirs = np.array(readings.values(side, "accuracy"))
        if not len(theirs):
            lines.append([side, readings.reason(side) or "", ""])
            continue
        apart = mean_of(own[: len(theirs)] - theirs, unit="draw", form="+.1f") if side != OURS else ""
        lines.append([side, mean_of(theirs, unit="draw", form=".1f"), apart])
    header = ("side", "test accuracy, % (95 % interval over draws)", f"points of {OURS} above it")
    chosen = Counter(reading.get("chosen", "") for reading in readings.found[OURS])
    said = ", ".join(f"{name} {times}" for name, times in chosen.most_common())
    return f"{table(header, lines)}\n\nChosen by {OURS}: {said}."
