"""What the automatic choice of source, cut and strategy costs against trying everything, in accuracy and in time.

    python benchmarks/choice.py [--datasets "a,b"] [--draws 1] [--share 0.25] [--threads 2] [--work FOLDER]

Some hundred rows of a pool are a user's; all others tell the truth. Exhaustive: every source x cut x probe,
prototypes and partial fine-tuning is fitted on the user's rows; its cost is one pass a source and the seconds of
all fits. Automatic: `fit` is run with `--source`, `--strategy probe,prototypes,partial`, and a budget of --share of
what trying everything took; its cost is what looking, embedding, racing and fitting again took. The rest of the run
(loading, controls, the test, the delivery, the diagnoses) is in the budget, too, and not in the cost of either.

The exhaustive best is named on one half of the rest and measured on the other, both ways: the best of thirty on the
same rows would be so by luck. What is done is kept in the work folder: run again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _choice_exhaustive import PASS, Fitted, exhaustive
from _planted_tasks import cells, emoji, sentiment, sites
from _ranking_tasks import Task
from _tables import reached
from _text_folders import text_folders

from warmstart.flow.config import AUTO, FitConfig
from warmstart.flow.experiment import fit
from warmstart.flow.sources import contenders, open_source
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.store.journal import Journal

FITTED, TESTED = {"image": 300, "text": 600}, 200
LEAST = 30.0
"""Seconds that a run gets at least: less does not pay for opening a source and delivering."""
STRATEGIES = ("probe", "prototypes", "partial")
SEARCH = ("rank", "embed", "adapt")
REGRET, SHARE = 0.005, 0.25
DATASETS = {
    "google: 8 classes": partial(emoji, "google"),
    "google: 4 classes": partial(emoji, "google", ("objects", "people-body", "symbols", "travel-places")),
    "twitter: 8 classes": partial(emoji, "twitter"),
    "twitter: 4 classes": partial(emoji, "twitter", ("animals-nature", "objects", "people-body", "symbols")),
    "solar cells": cells,
    "amazon": partial(sentiment, "amazon"),
    "movies": partial(sentiment, "movies"),
    "tweets": partial(sentiment, "tweets"),
    "which site": sites,
}


@dataclass(frozen=True)
class Draw:
    """The rows of a user, and where what is done with them is kept."""

    name: str
    number: int
    task: Task
    work: Path
    config: FitConfig

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows to fit, to test on, and the rest."""
        places = np.random.default_rng(self.number).permutation(len(self.task.codes))
        fitted = FITTED[self.task.pool.dataset.modality]
        parts = np.split(places, [fitted, fitted + TESTED])
        return np.sort(parts[0]), np.sort(parts[1]), np.sort(parts[2])


@dataclass(frozen=True)
class Outcome:
    """A draw: the best of everything, what was chosen, what both reach in truth, and the seconds of both."""

    name: str
    best: str
    reachable: float
    chosen: str
    reached: float
    everything: float
    search: float

    def line(self) -> str:
        """Return the row of the table."""
        regret, share = 100 * (self.reachable - self.reached), 100 * self.search / self.everything
        return (
            f"| {self.name} | {self.best} | {100 * self.reachable:.1f} | {self.chosen} | {100 * self.reached:.1f} "
            f"| {regret:+.2f} | {self.everything:.0f} s | {share:.0f} % |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", default="", help="parts of their names, separated by commas; all by default")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--share", type=float, default=SHARE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("choice-work"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(options.draws):
        for name, made in DATASETS.items():
            if any(wanted in name for wanted in options.datasets.split(",")):
                config = FitConfig(data=name, metric="accuracy", seed=number, threads=options.threads)
                found.append(outcome(Draw(name, number, made(), options.work, config), options.share))
                sys.stderr.write(f"{name}, draw {number}\n")
    print("\n".join(table(found)), flush=True)


def outcome(draw: Draw, share: float) -> Outcome:
    """Fit everything, then let `fit` choose at a share of the cost; what is in the journals is not done again."""
    every = everything(draw)
    cost = sum(one.seconds for one in every)
    best, reaches = reachable([one for one in every if one.right])
    chosen = kept(draw, share, cost)
    reached = float(np.mean(chosen["right"]))
    return Outcome(draw.name, best, reaches, chosen["chosen"], reached, cost, chosen["seconds"])


def reachable(candidates: Sequence[Fitted]) -> tuple[str, float]:
    """Return the best of all on the rest, and what the best on one half reaches on the other, both ways."""
    right = np.array([one.right for one in candidates])
    half = np.arange(right.shape[1]) % 2 == 0
    found = [right[right[:, named].mean(axis=1).argmax()][~named].mean() for named in (half, ~half)]
    best = candidates[int(right.mean(axis=1).argmax())]
    return f"{best.source}: {best.name}", float(np.mean(found))


def kept(draw: Draw, share: float, cost: float) -> dict[str, Any]:
    """Return the automatic choice, made now or by an earlier run."""
    journal = Journal(draw.work / "automatic.jsonl")
    key = {"dataset": draw.name, "draw": draw.number, "share": share}
    known = [line for line in journal.records() if key.items() <= line.items()]
    if not known:
        known = [{**key, **automatic(draw, max(LEAST, share * cost))}]
        journal.append(known[0])
    return known[0]


def everything(draw: Draw) -> list[Fitted]:
    """Return every candidate of every source, fitted now or by an earlier run."""
    journal = Journal(draw.work / "everything.jsonl")
    key = {"dataset": draw.name, "draw": draw.number}
    mine = [line for line in journal.records() if key.items() <= line.items()]
    found = [Fitted(**{name: value for name, value in line.items() if name not in key}) for line in mine]
    fitted, tested, _ = draw.rows
    for reference in sources(draw):
        source = open_source(reference)
        done = {one.name for one in found if one.source == source.card.name}
        if PASS in done:
            continue
        with tempfile.TemporaryDirectory() as folder:
            args = (draw.task, source, fitted, tested, draw.config)
            for one in exhaustive(*args, work=draw.work, folder=Path(folder), done=done):
                journal.append({**key, **asdict(one)})
                found.append(one)
    return found


def sources(draw: Draw) -> list[str]:
    """Return the sources to choose from: all packaged ones, and for texts, of which there is one, three folders."""
    modality = draw.task.pool.dataset.modality
    packaged = [one.reference for one in contenders(AUTO, modality)]
    return packaged if modality == "image" else packaged + text_folders(draw.work / "folders")


def automatic(draw: Draw, budget: float) -> dict[str, Any]:
    """Run `fit` as a user would, without any cache, and ask what it delivers for all rows that it never had."""
    fitted, tested, rest = draw.rows
    column = draw.task.pool.dataset.inputs[0]
    with tempfile.TemporaryDirectory() as home:
        tables = [
            _table(draw.task, rows, Path(home) / file) for file, rows in (("mine.csv", fitted), ("test.csv", tested))
        ]
        config = FitConfig(
            data=str(tables[0]),
            test=str(tables[1]),
            options=ReadOptions(inputs=(column.kind,), target="label"),
            out=Path(home) / "run",
            source=AUTO if column.kind == "image" else tuple(sources(draw)),
            strategy=STRATEGIES,
            metric="accuracy",
            budget=budget,
            seed=draw.number,
            threads=draw.config.threads,
        )
        done = fit(config, cache=Cache(Path(home) / "cache"))
        with Decoder(workers=draw.config.threads) as decoder:
            asked = [column.cells[draw.task.rows[row]] for row in rest]
            found = Bundle.open(done.folder / "bundle").predict(asked, decoder=decoder, threads=draw.config.threads)
    said, seconds = done.result["chosen"], done.result["seconds"]
    return {
        "chosen": f"{said['source']}: {said['name']}",
        "right": (found.codes == draw.task.codes[rest]).tolist(),
        "seconds": sum(seconds.get(step, 0.0) for step in SEARCH),
        "budget": budget,
    }


def _table(one: Task, rows: np.ndarray, file: Path) -> Path:
    """Write some rows as a table with a column of inputs, and labels in the order of the class codes."""
    column = one.pool.dataset.inputs[0]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.kind, "label"])
        writer.writerows([column.cells[one.rows[row]], f"class {one.codes[row]}"] for row in rows)
    return file


def table(found: Sequence[Outcome]) -> list[str]:
    """Return the table, and the two bars."""
    regret = np.array([one.reachable - one.reached for one in found])
    share = np.array([one.search / one.everything for one in found])
    error = regret.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else 0.0
    header = "| data | best of everything | reaches, % | chosen | reaches, % | regret, points | everything | cost |"
    return [
        header,
        "|---|---|---|---|---|---|---|---|",
        *(one.line() for one in found),
        "",
        f"- mean regret {100 * regret.mean():+.2f} ± {100 * error:.2f} points (bar 0.50): "
        f"{reached(regret.mean() <= REGRET)}",
        f"- mean cost {100 * share.mean():.0f} % of trying everything (bar 25 %): {reached(share.mean() <= SHARE)}",
    ]


if __name__ == "__main__":
    main()
