"""The main job on real data: accuracy against every control, time, memory, and the second run.

    python benchmarks/main_job.py [solar-cells] [amazon] [emoji]

Prints a Markdown table a data set; the numbers of the README come from here. The controls are the
peers: they run inside the same command, on identical rows, in the same minutes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from _runs import SHARED, interval, warmstart

JOBS = {
    "solar-cells": (["demo", "solar-cells", "--budget", "8m"], (0, 1, 2)),
    "amazon": (
        f"fit {SHARED}/sentiment/amazon.csv --input text --target label --classes negative,positive "
        "--groups id~^[^_]+ --metric macro_f1 --budget 5m".split(),
        (0,),
    ),
    "emoji": (f"fit {SHARED}/emoji/twitter --metric accuracy --budget 3m".split(), (0, 1, 2, 3, 4)),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        for name in sys.argv[1:] or JOBS:
            _job(name, Path(work))


def _job(name: str, work: Path) -> None:
    """Run one data set with every seed, and once more to time the second embedding."""
    arguments, seeds = JOBS[name]
    print(f"\n### {name}: `warmstart {' '.join(arguments)}`\n")
    print("| seed | chosen | metric, % | best control, % | gain, points | verdict | total, s | embed, s | memory, MB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    values, controls = [], []
    for seed in seeds:
        result, seconds = warmstart(
            *arguments, "--seed", str(seed), "--out", str(work / f"{name}-{seed}"), cache=work / f"cache-{name}-{seed}"
        )
        values.append(result["test"][result["metric"]]["value"])
        controls.append(_line(seed, result, seconds))
    print(f"\nmean {100 * statistics.mean(values):.2f} %, best control {100 * statistics.mean(controls):.2f} %")
    first = result["seconds"]["embed"]
    again, _ = warmstart(
        *arguments, "--seed", str(seed), "--out", str(work / f"{name}-again"), cache=work / f"cache-{name}-{seed}"
    )
    second = again["seconds"]["embed"]
    print(f"second fit on the same data: embed {second:.2f} s, {100 * second / first:.1f} % of the first", flush=True)


def _line(seed: int, result: dict, seconds: float) -> float:
    """Print one run, and return the best control's metric."""
    gain, metric = result["transfer_gain"], result["metric"]
    control = max((one for one in result["controls"] if metric in one), key=lambda one: one[metric]["value"])
    points = f"{100 * gain['value']:+.1f} ({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})"
    print(
        f"| {seed} | {result['chosen']['name']} | {interval(result['test'][metric])} "
        f"| {control['name']} {100 * control[metric]['value']:.1f} | {points} | {gain['verdict']} "
        f"| {seconds:.0f} | {result['seconds']['embed']:.1f} | {result['peak_rss_mb']:.0f} |",
        flush=True,
    )
    return control[metric]["value"]


if __name__ == "__main__":
    main()
