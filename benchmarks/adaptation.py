"""What adapting without target labels gains and risks, against the bars, on pairs of domains whose labels are known.

    python benchmarks/adaptation.py [--draws 3] [--seconds 150] [--results adaptation.jsonl]

Heads are fitted and chosen as `warmstart adapt` does; the labels of the target only judge. What is done is
kept in the file of results: the same command goes on, so that it can be run in slices of so many seconds.
About fifteen minutes of one core once the features are in the cache.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _adaptation_tasks import BALANCED, EMOJI, FEW, IMAGES, MANY, NATURAL, SAME_IMAGE, SAME_TEXT, TEXTS, Task, tasks
from _features import Seen, seen, tables

from warmstart.adaptation._base import Domains
from warmstart.core.representation import FeatureTable
from warmstart.flow.adapt.choice import JUDGED, Adaptation, by_gate, by_mix
from warmstart.flow.adapt.tried import SOURCE_ONLY, Tried, try_methods
from warmstart.learning.gain_estimate import estimated_gain
from warmstart.learning.linear import PENALTIES, fit_logistic

FOLDS = 3
MIDDLE = (5, 95)
Result = dict[str, Any]


def main() -> None:
    asked = _arguments()
    done = _done(asked.results)
    domains = {name: seen(*tables()[name], threads=1) for name in (*TEXTS, *IMAGES)}
    started, left = time.monotonic(), 0
    for task in tasks(domains, asked.draws):
        if task.key in done:
            continue
        if time.monotonic() - started > asked.seconds:
            left += 1
            continue
        done[task.key] = _one(task, domains[task.source], domains[task.target])
        with asked.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(done[task.key]) + "\n")
    print(f"{len(done)} tasks done, {left} left.\n")
    _report(list(done.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--results", type=Path, default=Path("adaptation.jsonl"))
    return parser.parse_args()


def _done(file: Path) -> dict[str, Result]:
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return {found["key"]: found for found in map(json.loads, lines)}


def _one(task: Task, source: Seen, target: Seen) -> Result:
    """Adapt from one domain to the other with and without the class mix, and look the answers up."""
    rows, others = task.rows()
    known, new = FeatureTable((source.features,), rows), FeatureTable((target.features,), others)
    codes, truth = source.codes[rows], target.codes[others]
    folds = source.rows.folds(rows, FOLDS, seed=task.draw)
    head, penalty = fit_logistic(known, codes, source.classes, folds, penalties=PENALTIES)
    mix = np.bincount(truth, minlength=source.classes) / len(truth)
    blind = Domains(known, codes, source.classes, new, head, penalty)
    tried = try_methods(blind, ("auto",))
    told = try_methods(Domains(known, codes, source.classes, new, head, penalty, mix), ("auto",))
    gated, given = by_gate(tried, [JUDGED]), by_mix(told, [JUDGED])
    proba, base = _answers(tried, gated), _answers(tried, Adaptation({SOURCE_ONLY: head}, ""))
    return {
        "key": task.key,
        "kind": task.kind,
        "source": task.source,
        "target": task.target,
        "accuracy": {one.name: _accuracy(one.proba, truth) for one in tried if one.head is not None},
        "delivered": _accuracy(proba, truth),
        "adapted": gated.adapts,
        "estimate": 100 * estimated_gain(proba, base, None).value,
        "mix given": _accuracy(_answers(told, given), truth),
    }


def _answers(tried: Sequence[Tried], chosen: Adaptation) -> np.ndarray:
    return np.asarray(np.mean([one.proba for one in tried if one.name in chosen.heads], axis=0))


def _accuracy(proba: np.ndarray, truth: np.ndarray) -> float:
    return 100 * float((proba.argmax(axis=1) == truth).mean())


def _gain(found: Result) -> float:
    return float(found["delivered"] - found["accuracy"][SOURCE_ONLY])


def _mix_gain(found: Result) -> float:
    return float(found["mix given"] - found["accuracy"][SOURCE_ONLY])


def _report(found: list[Result]) -> None:
    """Print every kind of task in a row, then the bars, then how far estimates were off."""
    kinds = [NATURAL, BALANCED, EMOJI, FEW, MANY, SAME_TEXT, SAME_IMAGE]
    print(
        "| tasks | number | source only | each method alone, mean gain | delivered, mean gain "
        "| worst | adapted | mix given |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in kinds:
        some = [one for one in found if one["kind"] == kind]
        if some:
            print(_line(kind, some))
    print("\n| bar | reached | |\n|---|---|---|")
    for bar, value, kept in _bars(found):
        print(f"| {bar} | {value} | {'kept' if kept else 'missed'} |")
    _estimates(found)


def _line(kind: str, some: list[Result]) -> str:
    base = [one["accuracy"][SOURCE_ONLY] for one in some]
    alone = {
        name: np.mean([one["accuracy"][name] - one["accuracy"][SOURCE_ONLY] for one in some])
        for name in some[0]["accuracy"]
        if name != SOURCE_ONLY
    }
    told = ", ".join(f"{name} {gain:+.1f}" for name, gain in alone.items())
    gains = [_gain(one) for one in some]
    adapted = sum(one["adapted"] for one in some)
    return (
        f"| {kind} | {len(some)} | {np.mean(base):.1f} % | {told} | {np.mean(gains):+.2f} | {min(gains):+.1f} "
        f"| {adapted} | {np.mean([_mix_gain(one) for one in some]):+.2f} |"
    )


def _bars(found: list[Result]) -> list[tuple[str, str, bool]]:
    """Return what was asked, what came out, and whether that is enough."""

    def of(*kinds: str, gain: Callable[[Result], float] = _gain) -> np.ndarray:
        return np.array([gain(one) for one in found if one["kind"] in kinds] or [np.nan])

    shifted, mixes = of(NATURAL, BALANCED, EMOJI), of(FEW, MANY)
    same = np.concatenate([of(SAME_TEXT), of(SAME_IMAGE)])
    harmed, given = float(np.mean(shifted < -0.5)), of(NATURAL, BALANCED, EMOJI, FEW, MANY, gain=_mix_gain)
    means = [(NATURAL, 0.0), (BALANCED, 1.0), (EMOJI, 3.0)]
    return [
        (
            "natural mix, 50/50, emoji: no pair more than 3 points below source-only",
            f"worst {shifted.min():+.1f}",
            shifted.min() >= -3,
        ),
        ("the same: more than 0.5 point below in at most 10 %", f"{100 * harmed:.0f} %", harmed <= 0.1),
        *(
            (f"{kind}: mean at least {bar:+.0f}", f"{of(kind).mean():+.2f}", of(kind).mean() >= bar)
            for kind, bar in means
        ),
        ("another label mix: mean at least −0.5", f"{mixes.mean():+.2f}", mixes.mean() >= -0.5),
        ("no shift: mean change within ±1", f"{same.mean():+.2f}", abs(same.mean()) <= 1),
        ("the class mix given: mean at least +2", f"{given.mean():+.2f}", given.mean() >= 2),
    ]


def _estimates(found: list[Result]) -> None:
    """Print how far estimated gains were off: the numbers of `learning/gain_estimate.py`."""
    changed = [one for one in found if one["adapted"]]
    if not changed:
        return
    off = np.array([_gain(one) - one["estimate"] for one in changed])
    low, high = np.percentile(off, MIDDLE)
    harmed = sum(_gain(one) < -0.5 for one in changed)
    print(
        f"\nOf {len(found)} tasks {len(changed)} were adapted to, {harmed} of them harmed by more than half a point; "
        f"true less estimated gain: mean {off.mean():+.1f}, mean distance {np.abs(off).mean():.1f}, "
        f"nine in ten from {low:+.1f} to {high:+.1f} points."
    )
    given = np.array([_mix_gain(one) for one in found])
    print(f"The class mix given: {given.mean():+.1f} points on average over all of them, {given.min():+.1f} at worst.")


if __name__ == "__main__":
    main()
