"""Does learning from labelled sets to tell classes by a few examples help with other classes, and with few labels?

    python benchmarks/few_examples.py [seeds] [budget] [source]

Each seed holds other classes of the google emoji out, trains the source on tasks drawn from the rest, and reports its
accuracy on tasks of the held-out ones, paired with the untouched source's; that interval is over rows. Then the twitter
emoji are learned from 8 labels a class, drawn ten times, with what reads few rows of a source, and tested on all
others: gain over the untouched source. The interval of a mean is over seeds (t).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from _ratios import mean_of
from _runs import SHARED, interval, warmstart

from warmstart.core.representation import FeatureTable
from warmstart.flow.embed import embed
from warmstart.flow.load import load
from warmstart.flow.sources import open_source
from warmstart.learning.few_rows import fit_few, upper
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

GOOGLE, TWITTER = SHARED / "emoji" / "google", SHARED / "emoji" / "twitter"
LABELS, DRAWS = 8, 10


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    budget = sys.argv[2] if len(sys.argv) > 2 else "10m"
    source = sys.argv[3] if len(sys.argv) > 3 else "efficientnet-lite0"
    print("| seed | held-out classes | before, % | after, % | difference, points | twitter, points | best round | s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as work:
        found = [_one(seed, budget, source, Path(work)) for seed in range(seeds)]
    google, twitter = (mean_of(points, unit="seed") for points in zip(*found, strict=True))
    print(f"\nheld-out google classes: {google} points, mean over seeds")
    print(f"twitter, {LABELS} labels a class: {twitter} points, mean over seeds")


def _one(seed: int, budget: str, source: str, work: Path) -> tuple[float, float]:
    """Train with one seed, print a line, and return the gain on held-out classes and that with few labels."""
    run, cache = work / f"run-{seed}", work / "cache"
    result, seconds = warmstart(
        "pretrain", str(GOOGLE), "--episodic", "--from", source, "--budget", budget, "--seed", str(seed),
        "--out", str(run), cache=cache,
    )  # fmt: skip
    few = result["few_examples"]
    gain = _few_labels(source, str(run), Cache(cache), seed)
    print(
        f"| {seed} | {', '.join(few['classes']['reported_on'])} | {interval(few['old'])} | {interval(few['new'])} | "
        f"{interval(few['difference'])} | {gain:+.2f} | {result['stopped']['best_round']} of {len(result['rounds'])} | "
        f"{seconds:.0f} |",
        flush=True,
    )
    return 100 * few["difference"]["value"], gain


def _few_labels(old: str, new: str, cache: Cache, seed: int) -> float:
    """Return by how many points the new source is better for few labels, the mean over draws of labels."""
    tables, codes = [], np.zeros(0)
    for reference in (old, new):
        backbone = open_source(reference)
        with Decoder(workers=1) as decoder:
            loaded = load(TWITTER, decoder=decoder, cache=cache)
            seen = embed(loaded.dataset, backbone, cache=cache, decoder=decoder)
        codes = loaded.dataset.codes(loaded.task)
        tables.append(seen.table(upper([stage.name for stage in backbone.stages]), np.arange(len(codes))))
    gains = []
    for draw in range(DRAWS):
        rng = np.random.default_rng([seed, draw])
        fitted = np.concatenate([rng.permutation(np.flatnonzero(codes == code))[:LABELS] for code in np.unique(codes)])
        before, after = (_accuracy(table, codes, fitted) for table in tables)
        gains.append(after - before)
    return 100 * float(np.mean(gains))


def _accuracy(table: FeatureTable, codes: np.ndarray, fitted: np.ndarray) -> float:
    """Return the accuracy on all rows but the few that a head is fitted on."""
    tested = np.setdiff1d(np.arange(len(codes)), fitted)
    found = fit_few(table.take(fitted), codes[fitted], len(np.unique(codes)), "image")
    return float(np.mean(found.head.logits(table.take(tested)).argmax(axis=1) == codes[tested]))


if __name__ == "__main__":
    main()
