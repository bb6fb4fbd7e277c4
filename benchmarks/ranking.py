"""How well every score, the prior alone and their combination rank sources x cuts, against exhaustive probing.

    python benchmarks/ranking.py [image] [text] [--fine-tune] [--threads 2] [--work FOLDER]

Scores see a look at some rows, of two sizes under two splits, at most half of them. The truth of a source at a
cut is the accuracy of a logistic probe on all rows that were not looked at, each answered by a fit on the look
and two thirds of the others. The combination is judged by weights that
never saw the dataset at hand; the weights on all datasets, for `scores/_weights.py`, are printed.
With --fine-tune, what every way puts first is judged once more after training what lies above its cut.
Features and truths are kept in the work folder: run again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from _ranking_fit import Cell, by_chance, covered, judge, left_out, regret_share, spread, weights
from _ranking_sources import sources
from _ranking_tasks import Task, tasks
from _ranking_tuning import first_picks, tuned, tuning_table
from threadpoolctl import threadpool_limits

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import catalog
from warmstart.flow.embed import embed
from warmstart.flow.look import score_cuts
from warmstart.learning.linear import fit_logistic
from warmstart.learning.splitting import folds, split_off
from warmstart.runtime.decode import Decoder
from warmstart.scores._combination import inputs
from warmstart.store.cache import Cache

LOOKS = (300, 150)
LARGEST = 0.5
FOLDS = 3
PENALTIES = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Bench:
    """What everything is measured with, and the folder that keeps it."""

    work: Path
    cache: Cache
    decoder: Decoder
    threads: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modality", nargs="*", default=["image", "text"])
    parser.add_argument("--fine-tune", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("ranking-work"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(options.threads), Decoder(workers=options.threads) as decoder:
        bench = Bench(options.work, Cache(options.work / "cache"), decoder, options.threads)
        for modality in options.modality:
            cells = measured(modality, bench)
            report(modality, cells)
            if options.fine_tune:
                fine_tuned(modality, cells, bench)


def measured(modality: str, bench: Bench) -> list[Cell]:
    """Return every cell of a modality; what an earlier run measured is read from the work folder."""
    file = bench.work / f"{modality}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    cells = [Cell(**json.loads(line)) for line in lines]
    done = {(cell.dataset, cell.source) for cell in cells}
    every, made = tasks(modality), sources(modality, bench.work, bench.cache, bench.decoder)
    with file.open("a", encoding="utf-8") as stream:
        for number, source in enumerate(made, start=1):
            for one in every:
                if (one.name, source.card.name) not in done:
                    found = cells_of(one, source, pooled(one, source, bench))
                    stream.writelines(json.dumps(vars(cell)) + "\n" for cell in found)
                    stream.flush()
                    cells += found
            sys.stderr.write(f"{modality}: {number} of {len(made)} sources\n")
    return cells


def pooled(one: Task, source: Backbone, bench: Bench) -> dict[str, np.ndarray]:
    """Return what a source sees in the rows of a dataset, stage by stage."""
    dataset = one.pool.dataset
    seen = embed(dataset, source, cache=bench.cache, decoder=bench.decoder, threads=bench.threads)
    return {name: np.asarray(values[one.rows]) for name, values in seen.pooled.items()}


def cells_of(one: Task, source: Backbone, features: dict[str, np.ndarray]) -> list[Cell]:
    """Return the cells of a source on a dataset."""
    found = []
    for split, most in enumerate(LOOKS):
        share = min(most / len(one.codes), LARGEST)
        seen = split_off(one.codes, np.arange(len(one.codes)), share, seed=split)
        looked, rest = np.flatnonzero(seen), np.flatnonzero(~seen)
        train = len(looked) + round(len(rest) * (1 - 1 / FOLDS))
        for cut in score_cuts(source, {name: values[looked] for name, values in features.items()}, one.codes[looked]):
            truth = probed(features[cut.cut], one.codes, looked, rest)
            known = inputs(cut.look, cut.scores, train_rows=train)
            found.append(Cell(one.name, split, cut.source, cut.cut, dict(cut.scores), known, truth, len(rest)))
    return found


def probed(features: np.ndarray, codes: np.ndarray, looked: np.ndarray, rest: np.ndarray) -> float:
    """Return the accuracy on the rest, in folds, of probes on the looked at rows and the other folds."""
    outer = folds(codes[rest], np.arange(len(rest)), FOLDS, seed=0)
    hits = [
        _hits(features, codes, np.concatenate([looked, rest[outer != fold]]), rest[outer == fold])
        for fold in range(FOLDS)
    ]
    return float(np.concatenate(hits).mean())


def _hits(features: np.ndarray, codes: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    inner = folds(codes[train], np.arange(len(train)), FOLDS, seed=0)
    head, _ = fit_logistic(features[train], codes[train], int(codes.max()) + 1, inner, penalties=PENALTIES)
    return np.asarray(head.logits(features[test]).argmax(axis=1) == codes[test])


def report(modality: str, cells: list[Cell]) -> None:
    """Print how well each way ranks, and the weights of the combination."""
    promised = left_out(cells)
    said = every_way(cells)
    ways = [judge(name, cells, values) for name, values in said.items() if set(values) != {None}]
    ways.append(by_chance(cells))
    datasets = {cell.dataset for cell in cells}
    made = {cell.source for cell in cells}
    print(f"\n### {modality}: {len(datasets)} datasets x {len(made)} sources, {len(cells) // len(LOOKS)} cells\n")
    print("| way to rank | weighted Kendall tau | regret of the first, points |")
    print("|---|---|---|")
    for way in sorted(ways, key=lambda one: one.regret):
        print(f"| {way.name} | {way.tau[0]:.2f} ± {way.tau[1]:.2f} | {way.regret[0]:.2f} ± {way.regret[1]:.2f} |")
    for name in (name for name, values in said.items() if set(values) == {None}):
        print(f"| {name} | not applicable | not applicable |")
    found = spread(cells, promised)
    found["regret"] = regret_share(cells, promised, found)
    print(f"\n95 % intervals cover {100 * covered(cells, promised, found):.0f} % of the truths of the better half")
    print(f"\nscores/_weights.py, {datetime.now(UTC):%Y-%m-%d}:")
    print(f'    "{modality}": {_rounded(weights(cells))},\n    "{modality}": {_rounded(found)},', flush=True)


def every_way(cells: list[Cell]) -> dict[str, list[float | None]]:
    """Return what every score, and the combination of them, says of every cell; None where it does not apply."""
    scores = {name: [cell.scores.get(name) for cell in cells] for name in catalog("scores")}
    return {**scores, "combination": left_out(cells).tolist()}


def fine_tuned(modality: str, cells: list[Cell], bench: Bench) -> None:
    """Print what every way to rank loses once what it puts first is trained."""
    picked = first_picks(cells, every_way(cells))
    made = {one.card.name: one for one in sources(modality, bench.work, bench.cache, bench.decoder)}
    wanted = {(name, cell.source, cell.cut) for name, ways in picked.items() for cell in ways.values()}
    accuracy = {
        (one.name, source, cut): tuned(one, made[source], cut, bench.cache, bench.decoder)
        for one in tasks(modality)
        for name, source, cut in sorted(wanted)
        if name == one.name
    }
    print("\n" + "\n".join(tuning_table(picked, accuracy)), flush=True)


def _rounded(found: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in found.items()}


if __name__ == "__main__":
    main()
