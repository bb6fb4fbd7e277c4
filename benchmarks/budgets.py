"""What time buys: accuracy on the photos of solar cells at growing budgets, a mean over seeds, and what each run took.

    python benchmarks/budgets.py [--budgets 2m,5m,10m] [--seeds 0,1,2] [--work FOLDER]

All runs share one cache, as a user's would. A finished run in FOLDER is not run again.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from _runs import interval, warmstart


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory() as spare:
        work = asked.work or Path(spare)
        print("| budget | seed | chosen | accuracy, % | gain, points | verdict | seconds | memory, MB |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        means = {budget: statistics.mean(_run(work, budget, seed) for seed in asked.seeds) for budget in asked.budgets}
    print("\n| budget | mean accuracy, % |\n|---|---|")
    for budget, mean in means.items():
        print(f"| {budget} | {100 * mean:.2f} |")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--budgets", type=lambda text: text.split(","), default=["2m", "5m", "10m"])
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[0, 1, 2])
    parser.add_argument("--work", type=Path)
    return parser.parse_args()


def _run(work: Path, budget: str, seed: int) -> float:
    """Run the experiment, print its line, and return the accuracy of what is delivered."""
    out = work / f"solar-{budget}-{seed}"
    result, _ = warmstart(
        "demo", "solar-cells", "--budget", budget, "--seed", str(seed), "--out", str(out), cache=work / "cache"
    )
    gain, total = result["transfer_gain"], result["seconds"]["total"]
    points = f"{100 * gain['value']:+.1f} ({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})"
    print(
        f"| {budget} | {seed} | {result['chosen']['name']} | {interval(result['test']['accuracy'])} | {points} "
        f"| {gain['verdict']} | {total:.0f} | {result['peak_rss_mb']:.0f} |",
        flush=True,
    )
    return float(result["test"]["accuracy"]["value"])


if __name__ == "__main__":
    main()
