"""Time and memory against rows: `fit --strategy probe` and `predict` at growing sizes, and the exponent of each step.

    python benchmarks/scale.py [--modality text|image] [--sizes 1000,4000,16000,64000] [--source NAME]
                               [--patience 1] [--work FOLDER] [--seed 0]

The rows are made: short texts of invented words, or photos of random blots, no two alike. Every size has
rows of its own and all share one cache, so that the trunk is exported once, before anything is timed, and
nothing else is found there. Seconds grow as rows to the power of the exponent; start-up makes that of few
rows too small, and so it is printed between the two largest sizes as well. For images `predict` on the
folder is compared with the graph alone on inputs that are prepared already.

The budgets leave the scratch control out; on a busy machine they may pay for too little, and --patience
multiplies them. The last column says whether that control has entered.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _runs import warmstart

SIZES = {"text": "1000,4000,16000,64000", "image": "1000,2000,4000,8000,16000"}
BUDGET_ROW = {"text": 0.08, "image": 0.12}
BUDGET_START = 90
STEPS = ("load", "rank", "embed", "adapt", "controls", "evaluate", "deliver", "total")
CLASSES = ("dull", "vivid")
FIRST = 1000
GRAPH_ROWS, GRAPH_BATCH = 256, 16


@dataclass(frozen=True)
class Measured:
    """What one size took: seconds by step, MB of memory, and rows a second of `predict` and of the graph alone."""

    rows: int
    seconds: dict[str, float]
    fit_mb: float
    predict: float
    predict_mb: float
    graph: float | None
    scratch: str


def main() -> None:
    asked = _asked()
    sizes = [int(size) for size in (asked.sizes or SIZES[asked.modality]).split(",")]
    with tempfile.TemporaryDirectory(dir=asked.work) as folder:
        work = Path(folder)
        _measured(work, asked, FIRST, asked.seed + FIRST)
        print(
            f"| rows | {' | '.join(STEPS)} | fit, MB | predict, rows/s | of the graph alone | predict, MB | scratch |"
        )
        print(f"|---{'|---' * (len(STEPS) + 5)}|", flush=True)
        found = []
        for place, rows in enumerate(sizes):
            found.append(_measured(work, asked, rows, asked.seed + place))
            print(_line(found[-1]), flush=True)
    if len(found) > 1:
        _summary(found)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modality", choices=sorted(SIZES), default="text")
    parser.add_argument("--sizes", help="rows, separated by commas")
    parser.add_argument("--source", default="auto", help="a source's name or folder")
    parser.add_argument("--patience", type=float, default=1.0, help="how many times the usual budget")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", help="folder for data and cache (about 25 KB a row); the system's by default")
    return parser.parse_args()


def _measured(work: Path, asked: argparse.Namespace, rows: int, seed: int) -> Measured:
    """Make the rows, fit and predict them."""
    data = _texts(work, rows, seed) if asked.modality == "text" else _images(work, rows, seed)
    run, budget = work / f"run-{rows}-{seed}", asked.patience * (BUDGET_START + BUDGET_ROW[asked.modality] * rows)
    options = ["--strategy", "probe", "--source", asked.source, "--budget", f"{budget:.0f}s", "--out", str(run)]
    result, _ = warmstart("fit", str(data), *options, cache=work / "cache")
    scratch = next(trial["status"] for trial in result["trials"] if trial["strategy"] == "scratch")
    seconds, megabytes = _predict(run / "bundle", data, work)
    graph = _graph_alone(run / "bundle", data) if asked.modality == "image" else None
    return Measured(rows, result["seconds"], result["peak_rss_mb"], rows / seconds, megabytes, graph, scratch)


def _predict(bundle: Path, data: Path, work: Path) -> tuple[float, float]:
    """Return the seconds of `predict` in a process of its own, start included, and the most MB that it held."""
    command = [sys.executable, "-m", "warmstart", "predict", str(bundle), str(data), "--out", str(work / "answers.csv")]
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"predict ended with {process.returncode}")
    return time.perf_counter() - start, used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _graph_alone(bundle: Path, data: Path) -> float:
    """Return the rows a second of the delivered graph on inputs that were prepared before."""
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder
    from warmstart.runtime.prepare import preparation

    opened = Bundle.open(bundle)
    cells = [str(path) for path in sorted(data.rglob("*.jpg"))[:GRAPH_ROWS]]
    with Decoder() as decoder:
        feeds = preparation(opened.preparation, opened.assets()).prepare(cells, decoder).feeds
    graph, names = opened.graph(), ["scores", "embedding"]
    parts = [slice(start, start + GRAPH_BATCH) for start in range(0, len(cells), GRAPH_BATCH)]
    graph.run({name: values[parts[0]] for name, values in feeds.items()}, names)
    start = time.perf_counter()
    for part in parts:
        graph.run({name: values[part] for name, values in feeds.items()}, names)
    return len(cells) / (time.perf_counter() - start)


def _texts(work: Path, rows: int, seed: int) -> Path:
    """Write short texts of invented words; each class prefers some of them."""
    rng = np.random.default_rng(seed)
    syllables = ["".join(pair) for pair in np.array(np.meshgrid(list("bdfgklmnprst"), list("aeiou"))).T.reshape(-1, 2)]
    words = np.array([f"{one}{two}" for one in syllables for two in syllables])
    rng.shuffle(words)
    path = work / f"texts-{rows}-{seed}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row in range(rows):
            code = row % len(CLASSES)
            common = rng.zipf(1.2, rng.integers(6, 20)) + 40
            telling = 20 * (code if rng.random() < 0.8 else 1 - code) + rng.integers(0, 20, 2)
            chosen = rng.permutation(np.concatenate([common, telling])) % len(words)
            writer.writerow([" ".join(words[chosen]), CLASSES[code]])
    return path


def _images(work: Path, rows: int, seed: int) -> Path:
    """Write photos of random blots in a folder a class; one class is the more colourful, mostly."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    folder = work / f"images-{rows}-{seed}"
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for row in range(rows):
        code = row % len(CLASSES)
        blots = rng.normal(128, 25 + 15 * code + 20 * rng.random(), (7, 7, 3)).clip(0, 255).astype(np.uint8)
        image = Image.fromarray(blots).resize((96, 96), Image.Resampling.BICUBIC)
        image.save(folder / CLASSES[code] / f"{row}.jpg", quality=90)
    return folder


def _line(one: Measured) -> str:
    seconds = " | ".join(f"{one.seconds.get(step, 0.0):.1f}" for step in STEPS)
    share = "–" if one.graph is None else f"{one.predict / one.graph:.0%} of {one.graph:.0f}"
    return (
        f"| {one.rows} | {seconds} | {one.fit_mb:.0f} | {one.predict:.0f} | {share} | {one.predict_mb:.0f} "
        f"| {one.scratch} |"
    )


def _summary(found: list[Measured]) -> None:
    """Print the exponents, and by how much memory grows."""
    rows = np.log([one.rows for one in found])
    print("\n| step | exponent | between the two largest |\n|---|---|---|")
    curves = {step: [one.seconds.get(step, 0.0) for one in found] for step in STEPS}
    curves["predict"] = [one.rows / one.predict for one in found]
    for step, seconds in curves.items():
        if min(seconds) > 0:
            logs = np.log(seconds)
            slope, last = np.polyfit(rows, logs, 1)[0], (logs[-1] - logs[-2]) / (rows[-1] - rows[-2])
            print(f"| {step} | {slope:.2f} | {last:.2f} |")
    for name, peaks in (("fit", [one.fit_mb for one in found]), ("predict", [one.predict_mb for one in found])):
        print(f"\nmemory of {name}: {max(peaks) / peaks[0] - 1:+.0%} from {found[0].rows} to {found[-1].rows} rows")


if __name__ == "__main__":
    main()
