"""Forecast accuracy at four times the labels, and see whether it comes true: eight data sets, ten splits each.

    python benchmarks/learning_curve.py [splits]

A quarter of the training rows are the labels there are; a probe's learning curve on shares of them
forecasts what a probe on all training rows reaches. Both are measured on the same held-out rows.
"""

from __future__ import annotations

import sys

import numpy as np
from _features import Seen, seen, tables

from warmstart.core.evidence import CurvePoint, Evidence, Predictions
from warmstart.core.task import Task
from warmstart.flow.curves import SHARES
from warmstart.learning.learning_curve import forecast
from warmstart.learning.linear import PENALTIES, fit_logistic

TESTED = QUARTER = 0.25


def main() -> None:
    splits = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print("| data | labels | accuracy then | forecast | came true | width of interval | within | mean absolute error |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    within, errors = 0, []
    for name, (data, options) in tables().items():
        looked = seen(data, options)
        found = np.array([_one(looked, seed) for seed in range(splits)])
        labels, now, forecasts, low, high, truth = found.mean(axis=0)
        inside = low <= truth <= high
        within += inside
        errors.append(abs(forecasts - truth))
        apart = np.abs(found[:, 2] - found[:, 5]).mean()
        print(
            f"| {name} | {labels:.0f} | {100 * now:.1f} % | {100 * forecasts:.1f} % | {100 * truth:.1f} % "
            f"| {100 * (high - low):.1f} | {'yes' if inside else 'no'} | {100 * apart:.1f} points a split |",
            flush=True,
        )
    print(
        f"\nwithin its interval on {within} of {len(errors)}; "
        f"mean error of the means {100 * np.mean(errors):.2f} points"
    )


def _one(looked: Seen, seed: int) -> tuple[float, ...]:
    """Return labels, accuracy with them, forecast, its interval, and what came true, of one split."""
    train, tested = looked.rows.part(np.arange(len(looked.codes)), TESTED, seed=seed)
    few = looked.rows.sample(train, QUARTER, seed=seed)
    truth = looked.codes[tested]
    codes, penalty = _answers(looked, few, tested, PENALTIES)
    points = [CurvePoint("probe", len(few), codes, share=1.0)]
    for share, repeats in SHARES:
        for repeat in range(repeats):
            rows = looked.rows.sample(few, share, seed=seed + 100 + repeat)
            if len(np.unique(looked.codes[rows])) == looked.classes:
                fewer = penalty * len(few) / len(rows)
                found, _ = _answers(looked, rows, tested, (fewer,))
                points.append(CurvePoint("probe", len(rows), found, share=share))
    evidence = Evidence(
        task=Task(tuple(map(str, range(looked.classes))), "any"),
        metric="accuracy",
        evaluation="held-out",
        ids=tuple(map(str, tested)),
        truth=truth,
        chosen="probe",
        candidate="probe",
        control="probe",
        predictions={"probe": Predictions(np.eye(looked.classes)[codes], codes)},
        curve=tuple(points),
        labels=len(few),
    )
    curve = forecast(evidence, "probe")
    if curve is None:
        raise SystemExit("A learning curve needs at least three sizes.")
    then = curve.metric(len(train))
    reached = np.mean(_answers(looked, train, tested, PENALTIES)[0] == truth)
    return len(few), curve.value, then.value, then.low, then.high, float(reached)


def _answers(
    looked: Seen, rows: np.ndarray, tested: np.ndarray, penalties: tuple[float, ...]
) -> tuple[np.ndarray, float]:
    folds = looked.rows.folds(rows, 3, seed=0)
    head, penalty = fit_logistic(looked.features[rows], looked.codes[rows], looked.classes, folds, penalties=penalties)
    return head.logits(looked.features[tested]).argmax(axis=1), penalty


if __name__ == "__main__":
    main()
