"""int8 against fp32: size, speed in turn, and what changes in the answers, on real data.

    python benchmarks/precision.py [budget] [threads]

The amazon reviews are fitted once; the sealed rows are answered by the bundle in either precision. The two graphs
run in turn (A B A B) on the same batches. `first prediction` is a process from its start to its answer. Of solar
cells, whose network is convolutional, the sentence that keeps fp32 is printed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _runs import SHARED, warmstart

from warmstart.flow.deliver import NOT_IN_MANIFEST
from warmstart.learning.metrics import METRICS
from warmstart.learning.paired_loss import paired_loss
from warmstart.runtime.bundle import GRAPH, Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.graph import Graph
from warmstart.runtime.prepare import preparation
from warmstart.runtime.sealed_folder import seal
from warmstart.training.quantized import quantized

ROUNDS, BATCHES, BATCH = 9, 8, 32
AMAZON = (
    f"fit {SHARED}/sentiment/amazon.csv --input text --target label --classes negative,positive "
    "--groups id~^[^_]+ --metric macro_f1"
).split()


def main() -> None:
    budget, threads = sys.argv[1] if len(sys.argv) > 1 else "5m", int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        out = work / "amazon"
        result, _ = warmstart(
            *AMAZON, "--budget", budget, "--precision", "fp32", "--out", str(out), cache=work / "cache"
        )
        print(f"amazon: {result['chosen']['name']}", flush=True)
        bundles = {"fp32": Bundle.open(out / "bundle"), "int8": _shortened(out / "bundle", work / "int8")}
        _compare(bundles, threads)
        _first(bundles, threads)
        solar, _ = warmstart(
            *("demo", "solar-cells", "--budget", budget), "--out", str(work / "solar"), cache=work / "solar-cache"
        )
        print(f"solar cells: {solar['chosen']['name']}, {solar['precision']['used']}. {solar['precision']['reason']}")


def _shortened(path: Path, target: Path) -> Bundle:
    """Return a copy of a bundle whose graph computes in int8."""
    shutil.copytree(path, target)
    graph = target / GRAPH
    graph.write_bytes(quantized(graph.read_bytes()))
    manifest = {name: value for name, value in Bundle.open(path).manifest.items() if name not in NOT_IN_MANIFEST}
    seal(target, manifest)
    return Bundle.open(target)


def _compare(bundles: dict[str, Bundle], threads: int) -> None:
    """Print size, speed and the change in answers of the two bundles on the sealed rows."""
    sizes = {name: (one.path / GRAPH).stat().st_size for name, one in bundles.items()}
    print(f"size: fp32 {sizes['fp32'] / 1e6:.1f} MB, int8 {sizes['int8'] / 1e6:.1f} MB")
    evidence = bundles["fp32"].evidence()
    truth, groups, metric = evidence.truth, evidence.groups, evidence.metric
    sealed = [_texts()[int(name.removeprefix("row ")) - 1] for name in evidence.ids]
    before, after = (bundles[name].predict(sealed, threads=threads) for name in ("fp32", "int8"))
    loss = paired_loss(metric, truth, before.codes, after.codes, groups)
    changed = np.mean(before.codes != after.codes)
    moved = np.abs(before.proba - after.proba).mean()
    print(
        f"{metric} on {len(truth)} sealed rows: fp32 {100 * METRICS[metric](truth, before.codes):.2f}, int8 loses "
        f"{100 * loss.value:+.2f} (at most {100 * loss.high:+.2f}); answers changed {100 * changed:.2f} %, "
        f"probabilities by {moved:.4f} on average"
    )
    ratios = _ratios(bundles, threads)
    print(f"speed: int8 is {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})")


def _ratios(bundles: dict[str, Bundle], threads: int) -> list[float]:
    """Return fp32 seconds / int8 seconds of every round, the graphs taking turns on the same batches."""
    batches = _batches(bundles["fp32"])
    graphs = {name: Graph(one.path / GRAPH, threads=threads) for name, one in bundles.items()}
    ratios = []
    for _ in range(1 + ROUNDS):
        seconds = {name: _seconds(graph, batches) for name, graph in graphs.items()}
        ratios.append(seconds["fp32"] / seconds["int8"])
    return ratios[1:]


def _batches(bundle: Bundle) -> list[dict[str, Any]]:
    texts = _texts()
    prepare = preparation(bundle.preparation, bundle.assets())
    rows = np.random.default_rng(0).permutation(len(texts))[: BATCHES * BATCH]
    ordered = sorted((texts[row] for row in rows), key=len)
    with Decoder(workers=1) as decoder:
        return [
            prepare.prepare(ordered[start : start + BATCH], decoder).feeds for start in range(0, len(ordered), BATCH)
        ]


def _texts() -> list[str]:
    import polars

    return list(polars.read_csv(SHARED / "sentiment" / "amazon.csv")["text"])


def _seconds(graph: Graph, batches: list[dict[str, Any]]) -> float:
    start = time.perf_counter()
    for feeds in batches:
        graph.run(feeds)
    return time.perf_counter() - start


def _first(bundles: dict[str, Bundle], threads: int) -> None:
    """Print the seconds of a process that predicts one text, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in bundles}
    for _ in range(ROUNDS):
        for name, bundle in bundles.items():
            command = ["predict", str(bundle.path), "--text", "works like a charm", "--threads", str(threads), "--json"]
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "warmstart", *command], check=True, stdout=subprocess.PIPE)
            taken[name].append(time.perf_counter() - start)
    said = ", ".join(f"{name} {statistics.median(seconds):.2f} s" for name, seconds in taken.items())
    print(f"first prediction: {said}", flush=True)


if __name__ == "__main__":
    main()
