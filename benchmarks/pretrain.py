"""Is a source better for reviews of products after pre-training on unlabelled reviews of films, or no better at all?

    python benchmarks/pretrain.py [draws] [texts] [budget] [source]

Each draw takes other texts of movies.csv (5,000 by default), goes on training the source on them by masked language
modelling, and judges it on the positive and negative sentences of amazon.csv: a linear probe on the features of both
sources, the same folds, repeated. Intervals of a draw are paired, over rows; that of the mean is over draws (t). The
second table is the same with few labels: the probe is fitted on so many a class and tested on all other rows.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars
from _ratios import mean_of
from _runs import SHARED, interval, warmstart

from warmstart.core.dataset import Column, Dataset
from warmstart.flow.embed import embed
from warmstart.flow.sources import open_source
from warmstart.learning.linear import fit_logistic
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

MOVIES, AMAZON = SHARED / "sentiment" / "movies.csv", SHARED / "sentiment" / "amazon.csv"
CLASSES = ("negative", "positive")
FEW = (8, 32)
DRAWS_OF_LABELS = 10
PENALTIES = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Draw:
    """What came of one draw: points over the untouched source with all labels, and with few a class."""

    all: float
    few: dict[int, float]


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    texts = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    budget = sys.argv[3] if len(sys.argv) > 3 else "15m"
    source = sys.argv[4] if len(sys.argv) > 4 else "all-minilm-l6-v2"
    print("| draw | untouched, % | pre-trained, % | difference, points | verdict | pieces matched | rounds, best | s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as work:
        found = [_one(draw, texts, budget, source, Path(work)) for draw in range(draws)]
    _summary(found)


def _one(draw: int, texts: int, budget: str, source: str, work: Path) -> Draw:
    """Pre-train on one draw, print a line, and return what it gained."""
    cache, run, inputs = work / "cache", work / f"run-{draw}", work / f"movies-{draw}.csv"
    polars.read_csv(MOVIES).select("text").sample(texts, seed=draw, shuffle=True).write_csv(inputs)
    result, seconds = warmstart(
        "pretrain", str(inputs), "--from", source, "--input", "text", "--judge", str(AMAZON), "--target", "label",
        "--classes", ",".join(CLASSES), "--groups", "id~^[^_]+", "--budget", budget, "--seed", str(draw),
        "--out", str(run), cache=cache,
    )  # fmt: skip
    judged, probe = result["judgement"], result["probe"]
    rounds = f"{len(result['rounds'])}, {result['stopped']['best_round']}"
    pieces = f"{probe['untouched']['value']:.3f} → {probe['best']['value']:.3f}"
    print(
        f"| {draw} | {interval(judged['old'])} | {interval(judged['new'])} | {interval(judged['difference'])} | "
        f"{judged['verdict']} | {pieces} | {rounds} | {seconds:.0f} |",
        flush=True,
    )
    return Draw(100 * judged["difference"]["value"], _few_labels(source, run, cache, draw))


def _few_labels(source: str, run: Path, cache: Path, draw: int) -> dict[int, float]:
    """Return by how many points a probe on few labels is better on the new source, the mean over draws of labels."""
    table = polars.read_csv(AMAZON).filter(polars.col("label").is_in(CLASSES)).unique("text", maintain_order=True)
    codes = np.array([CLASSES.index(label) for label in table["label"]])
    dataset = Dataset("amazon", (Column("text", "text", table["text"].to_list()),), tuple(map(str, range(len(codes)))))
    features = [_features(dataset, reference, cache) for reference in (source, str(run))]
    return {few: _gain(features, codes, few, draw) for few in FEW}


def _features(dataset: Dataset, reference: str, cache: Path) -> np.ndarray:
    """Return what all stages of a source see in the texts."""
    backbone = open_source(reference)
    with Decoder(workers=1) as decoder:
        seen = embed(dataset, backbone, cache=Cache(cache), decoder=decoder)
    return seen.features([stage.name for stage in backbone.stages], np.arange(len(dataset)))


def _gain(features: list[np.ndarray], codes: np.ndarray, few: int, draw: int) -> float:
    """Return the mean difference of the accuracies of two probes that are fitted on the same few labels."""
    gains = []
    for place in range(DRAWS_OF_LABELS):
        rng = np.random.default_rng([draw, few, place])
        fitted = np.concatenate([rng.permutation(np.flatnonzero(codes == code))[:few] for code in (0, 1)])
        tested = np.setdiff1d(np.arange(len(codes)), fitted)
        folds = np.tile(np.arange(few) % 4, 2)
        right = []
        for seen in features:
            head, _ = fit_logistic(seen[fitted], codes[fitted], 2, folds, penalties=PENALTIES)
            right.append(np.mean(head.logits(seen[tested]).argmax(axis=1) == codes[tested]))
        gains.append(right[1] - right[0])
    return 100 * float(np.mean(gains))


def _summary(found: list[Draw]) -> None:
    """Print the means over draws."""
    rows = {"all": [one.all for one in found], **{str(few): [one.few[few] for one in found] for few in FEW}}
    print("\n| labels a class | pre-trained − untouched, points, mean over draws (95 % interval) |\n|---|---|")
    for name, values in rows.items():
        print(f"| {name} | {mean_of(values, unit='draw')} |")


if __name__ == "__main__":
    main()
