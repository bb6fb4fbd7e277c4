"""What `fit --strategy probe` costs beyond one bare forward pass over the same texts.

python benchmarks/probe_overhead.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

from _benchmark import Benchmark
from _data import texts
from _ours import TEXTS, cache_with, dataset_of, prepared
from _rounds import Reading, Side, Work
from _runs import warmstart
from _tables import Bar, Comparison

from warmstart.flow.passes import text_batches
from warmstart.flow.sources import open_source
from warmstart.flow.trunk import Trunk
from warmstart.runtime.cores import available_threads
from warmstart.runtime.prepare import preparation
from warmstart.store.cache import Cache
from warmstart.training.stage_graph import stage_graph

TABLE, CELLS = "texts.csv", "texts.json"
BUDGET = "10m"


def prepare(work: Work) -> None:
    """Export the trunk and write the table."""
    cells, labels = texts(work.rows)
    (work.folder / CELLS).write_text(json.dumps(cells))
    with (work.folder / TABLE).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("text", "label"), *zip(cells, labels, strict=True)])
    prepared(work.folder, TEXTS)


def fit(work: Work) -> Reading:
    """The whole command from start to end, less the seconds of the control that is trained from scratch."""
    with cache_with(work.folder) as cache:
        command = ["fit", str(work.folder / TABLE), "--strategy", "probe", "--budget", BUDGET]
        result, seconds = warmstart(*command, "--out", str(cache / "run"), cache=cache)
    scratch = sum(trial["seconds"] for trial in result["trials"] if trial["strategy"] == "scratch")
    steps = {name: value for name, value in result["seconds"].items() if name != "total"}
    return {"seconds": seconds - scratch, "scratch": scratch, "steps": steps}


def bare_pass(work: Work) -> Reading:
    """The exported network over the rows, in the batches that `fit` uses, and nothing kept."""
    with cache_with(work.folder):
        backbone = open_source(TEXTS)
        trunk = Trunk(backbone, stage_graph(backbone, Cache()), available_threads())
        names = [f"pooled_{number}" for number in range(1, len(backbone.stages) + 1)]
        dataset = dataset_of(json.loads((work.folder / CELLS).read_text()), "text")
        start = time.perf_counter()
        batches = text_batches(dataset, preparation(backbone.preparation, backbone.assets))
        for _, feeds in batches.iterate(0):
            trunk.run(feeds, names)
        return {"seconds": time.perf_counter() - start}


FIT, BARE = "warmstart fit", "bare pass"
BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="`warmstart fit --strategy probe` on reviews and tweets, from the start of the process to the verified "
    "bundle (checks, split, TF-IDF control, probes, evidence, report), without the control from scratch, against one "
    "pass of the exported network over the same rows with tokenizing and nothing else.",
    prepare=prepare,
    sides=(Side(FIT, fit), Side(BARE, bare_pass)),
    comparisons=(Comparison("fit --strategy probe", FIT, BARE, Bar("≤", 1.3)),),
    rows=10_000,
    repeats=3,
)

if __name__ == "__main__":
    BENCHMARK.main()
