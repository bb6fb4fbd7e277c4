"""Clusters of what a source sees against the same clustering of raw pixels and of PCA of HOG.

    python benchmarks/explore.py ["emoji twitter"] ["solar cells"] ["cell types"] [--seeds 5] [--threads 1]

Prints a Markdown table: the adjusted Rand index with the labels, which nothing saw before, and how far the source is
above each raw input, with 95 % intervals of a paired bootstrap over rows (first seed) and the smallest and largest
difference over the seeds of the clustering. "Own" lets every representation choose its number of clusters
by its own stability; "same" gives all the number that was chosen for the source; "classes" gives all the number of
labels. The bar of the project: above both, and on the emoji the interval excludes 0.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from _features import SOURCES, tables

from warmstart.core.material import Material
from warmstart.core.progress import silent
from warmstart.core.representation import FeatureTable
from warmstart.flow.embed import embed
from warmstart.flow.explore.raw_inputs import raw_inputs
from warmstart.flow.explore.unlabelled import FOLDER, read_unlabelled
from warmstart.flow.sources import open_source
from warmstart.learning.agreement import Compared, compare
from warmstart.learning.grouping import Grouping, group
from warmstart.learning.intervals import Interval
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

DATA = ("emoji twitter", "solar cells", "cell types")
HEADINGS = ("data", "number of clusters", "source", "raw pixels", "above by", "PCA of HOG", "above by")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", choices=[*DATA, []], help="which data; all by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print("| " + " | ".join(HEADINGS) + " |\n" + "|---" * len(HEADINGS) + "|")
    for name in options.data or DATA:
        for line in lines(name, options.seeds, options.threads):
            print("| " + " | ".join(line) + " |", flush=True)


def lines(name: str, seeds: int, threads: int) -> list[list[str]]:
    """Return the lines of one data set."""
    features, distinct, codes = seen(name, threads)
    classes = int(codes.max()) + 1
    own = [{key: group(table, distinct, seed=seed) for key, table in features.items()} for seed in range(seeds)]
    chosen = [len(next(iter(found.values())).centres) for found in own]
    ways = {
        "own": own,
        "same": [given(features, distinct, count, seed) for seed, count in enumerate(chosen)],
        "classes": [given(features, distinct, classes, seed) for seed in range(seeds)],
    }
    return [line(f"{name}", way, found, codes) for way, found in ways.items()]


def seen(name: str, threads: int) -> tuple[dict[str, FeatureTable], np.ndarray, np.ndarray]:
    """Return features of all rows by name, the source's first; the rows that repeat no other; and class codes."""
    data, options = tables()[name]
    labels = FOLDER if Path(data).is_dir() else options.target
    with Decoder(workers=threads) as decoder:
        rows, labelled = read_unlabelled(
            str(data), inputs=options.inputs, labels=labels, decoder=decoder, cache=Cache()
        )
        backbone = open_source(SOURCES[rows.dataset.modality])
        representation = embed(rows.dataset, backbone, cache=Cache(), decoder=decoder, threads=threads)
        if labelled is None:
            raise SystemExit(f"{name} has no labels.")
        material = Material(rows.dataset, labelled.task, labelled.codes, backbone, representation)
        raw = raw_inputs(material, decoder, progress=silent)
    every = np.arange(len(rows.dataset))
    return {"source": representation.table([backbone.stages[-1].name], every), **raw}, rows.distinct, labelled.codes


def given(features: Mapping[str, FeatureTable], distinct: np.ndarray, clusters: int, seed: int) -> dict[str, Grouping]:
    """Return so many clusters of every representation."""
    return {key: group(table, distinct, clusters=clusters, seed=seed) for key, table in features.items()}


def line(name: str, way: str, found: list[dict[str, Grouping]], codes: np.ndarray) -> list[str]:
    """Return the cells of one line."""
    compared = [compare(codes, {key: one.codes for key, one in groups.items()}) for groups in found]
    first, raw = compared[0], list(compared[0].differences)
    cells = [name, way, told(first.agreements["source"].rand, found, "source")]
    for key in raw:
        cells += [told(first.agreements[key].rand, found, key), above(compared, key)]
    return cells


def told(value: Interval, found: list[dict[str, Grouping]], key: str) -> str:
    """Return an index with its interval, and with how many clusters."""
    counts = sorted({len(groups[key].centres) for groups in found})
    number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f}), {number} clusters"


def above(compared: list[Compared], key: str) -> str:
    """Return how far the source is above, with interval and the range over seeds."""
    gap, all_gaps = compared[0].differences[key], [one.differences[key].value for one in compared]
    return f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}); seeds {min(all_gaps):+.3f} to {max(all_gaps):+.3f}"


if __name__ == "__main__":
    main()
