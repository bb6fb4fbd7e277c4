"""Two of eight kinds of emoji come later: updating the bundle against fitting again on everything, on the same rows.

    python benchmarks/update.py [seeds] [budget]

Of each kind a fifth is tested. Each seed draws other test rows and other two kinds. Old classes are measured on
their test rows before and after, by the update and by fitting again, which also has to tell eight kinds from each
other instead of six. Intervals are those of the mean over seeds (t).
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _ratios import mean_of, ratio_of
from _runs import SHARED, warmstart

from warmstart.runtime.bundle import Bundle

EMOJI = SHARED / "emoji" / "twitter"
LATER, TESTED = 2, 0.2


@dataclass(frozen=True)
class Seed:
    """Accuracies in percent, of old and new classes, updated and fitted again, and the seconds that both took."""

    before: float
    old_updated: float
    old_again: float
    new_updated: float
    new_again: float
    seconds_updated: float
    seconds_again: float


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    budget = sys.argv[2] if len(sys.argv) > 2 else "3m"
    print("| seed | new kinds | old before, % | old updated | old fitted again | new updated | new fitted again | s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as work:
        found = [_one(seed, budget, Path(work) / str(seed)) for seed in range(seeds)]
    _summary(found)


def _one(seed: int, budget: str, work: Path) -> Seed:
    """Fit on six kinds, update with two, fit again on eight, and print a line."""
    later = _write(seed, work)
    asked = ("--metric", "accuracy", "--budget", budget, "--seed", str(seed))
    runs = {name: work / f"run-{name}" for name in ("six", "two", "eight")}
    warmstart("fit", str(work / "six"), *asked, "--out", str(runs["six"]), cache=work / "cache-six")
    _, updating = warmstart(
        "update", str(runs["six"] / "bundle"), str(work / "two"), "--force", "--out", str(runs["two"]),
        cache=work / "cache-two",
    )  # fmt: skip
    _, again = warmstart("fit", str(work / "eight"), *asked, "--out", str(runs["eight"]), cache=work / "cache-eight")
    right = {name: _right(run / "bundle") for name, run in runs.items()}
    old = list(right["six"])
    new = [key for key in right["two"] if key not in right["six"]]
    values = [_percent(right[run], rows) for run, rows in (
        ("six", old), ("two", old), ("eight", old), ("two", new), ("eight", new)
    )]  # fmt: skip
    found = Seed(*values, updating, again)
    shown = " | ".join(f"{value:.1f}" for value in values)
    print(f"| {seed} | {', '.join(later)} | {shown} | {updating:.1f} of {again:.0f} |", flush=True)
    return found


def _write(seed: int, work: Path) -> list[str]:
    """Copy the emoji into the parts of this seed, and return the kinds that come later."""
    rng = random.Random(seed)
    kinds = sorted(folder.name for folder in EMOJI.iterdir())
    later = sorted(rng.sample(kinds, LATER))
    for kind in kinds:
        files = sorted((EMOJI / kind).iterdir())
        rng.shuffle(files)
        tested = round(TESTED * len(files))
        for place, file in enumerate(files):
            for home in ("two" if kind in later else "six", "eight"):
                target = work / home / ("test" if place < tested else "train") / kind
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
    return later


def _right(bundle: Path) -> dict[str, bool]:
    """Return whether each test row is answered rightly, by its content."""
    evidence = Bundle.open(bundle).evidence()
    if evidence is None:
        raise RuntimeError(f"{bundle} has no evidence.")
    codes = evidence.predictions[evidence.chosen].codes
    return dict(zip(evidence.hashes, (codes == evidence.truth).tolist(), strict=True))


def _percent(right: dict[str, bool], rows: list[str]) -> float:
    """Return the accuracy on the rows that are tested in every run."""
    return 100 * float(np.mean([right[row] for row in rows if row in right]))


def _summary(found: list[Seed]) -> None:
    """Print what the bars speak of."""
    rows = {
        "old classes, update − before (bar: at least −1 point)": [one.old_updated - one.before for one in found],
        "old classes, fitted again − before": [one.old_again - one.before for one in found],
        "old classes, update − fitted again": [one.old_updated - one.old_again for one in found],
        "new classes, update − fitted again (bar: at least −3 points)": [
            one.new_updated - one.new_again for one in found
        ],
    }
    print("\n| points | mean (95 % interval) |\n|---|---|")
    for name, values in rows.items():
        print(f"| {name} | {mean_of(values, unit='seed', form='+.1f')} |")
    ratio = ratio_of([one.seconds_updated for one in found], [one.seconds_again for one in found])
    print(f"| time, update / fitting again (bar: at most 0.1) | {ratio} |")


if __name__ == "__main__":
    main()
