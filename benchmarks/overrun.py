"""How well the budget is kept: runs with budgets from 20 seconds to 5 minutes, on photos and on texts in turn.

    python benchmarks/overrun.py [runs]

A budget that is too small is refused with the number that is needed; such a run counts as kept, and is
said to be refused.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from pathlib import Path

from _runs import SHARED, warmstart

SHORTEST, LONGEST = 20.0, 300.0
MOST = 0.10
JOBS = {
    "emoji": f"fit {SHARED}/emoji/twitter".split(),
    "amazon": f"fit {SHARED}/sentiment/amazon.csv --input text --target label --classes negative,positive".split(),
}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print("| budget, s | data | took, s | over, % |")
    print("|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as work:
        kept = sum(_kept(run, runs, Path(work)) for run in range(runs))
    print(f"\n{kept} of {runs} within {100 * MOST:.0f} % of the budget")


def _kept(run: int, runs: int, work: Path) -> bool:
    """Run once, the cache of an earlier run of the same data at hand, and print what it took."""
    budget = round(SHORTEST * math.exp(math.log(LONGEST / SHORTEST) * run / max(runs - 1, 1)))
    name = list(JOBS)[run % len(JOBS)]
    out = str(work / f"run-{run}")
    try:
        result, seconds = warmstart(*JOBS[name], "--budget", f"{budget}s", "--out", out, cache=work / f"cache-{name}")
    except subprocess.CalledProcessError as refused:
        if refused.returncode != 2:
            raise
        print(f"| {budget} | {name} | refused | |", flush=True)
        return True
    over = seconds / budget - 1
    print(f"| {budget} | {name} | {seconds:.0f} ({result['chosen']['name']}) | {100 * over:+.0f} |", flush=True)
    return over <= MOST


if __name__ == "__main__":
    main()
