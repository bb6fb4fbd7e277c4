"""Learning curves: what is delivered, and the best control, fitted on growing shares of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.adapted import Adapted
from warmstart.core.decision import decide
from warmstart.core.evidence import CurvePoint
from warmstart.flow.choose import Choice, Ready, repeated
from warmstart.flow.evaluate import CONTROL, DELIVERED, inputs_of
from warmstart.flow.fitting import Fitting, fit_control
from warmstart.flow.race import Race
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import soften

SHARES = ((1 / 8, 3), (1 / 4, 2), (1 / 2, 2))
"""Shares of the rows, and how often each is drawn."""

Curves = Mapping[tuple[str, float, int], CurvePoint]
"""Points by model, share of the rows, and repeat."""


def learning_curves(bench: Workbench, race: Race, choice: Choice, fitted: np.ndarray, tested: np.ndarray) -> Curves:
    """Return the curves of what is delivered and of the best control, answering the test rows.

    A model that was trained in epochs is too dear to train at every share: the probe that it started
    from is fitted instead, and its points say so. A control that is trained, or that knows only the
    class shares, has no curve.

    Parameters
    ----------
    race, choice : what was raced, and what was named; the choice is fitted on all of `fitted`.
    fitted, tested : row numbers, of those that shares are drawn from, and of those that every point answers.
    """
    if not bench.pays_for(f"learning curves {race.heat.scope}"):
        return {}
    control = _curve(bench, CONTROL, choice.control, race, fitted, tested)
    if choice.delivers_control:
        same = {(DELIVERED, *key[1:]): replace(point, model=DELIVERED) for key, point in control.items()}
        return {**control, **same}
    return {**control, **_curve(bench, DELIVERED, choice.candidate, race, fitted, tested)}


def across_folds(folds: Sequence[tuple[np.ndarray, Curves]], rows: np.ndarray) -> list[CurvePoint]:
    """Return points that answer all rows, from those of the outer folds, each of which answers its own.

    Parameters
    ----------
    folds : tested rows and points of every fold.
    rows : the sorted rows of all folds together.
    """
    first = folds[0][1]
    return [_joined(folds, rows, key) for key in first if all(key in points for _, points in folds)]


def _joined(folds: Sequence[tuple[np.ndarray, Curves]], rows: np.ndarray, key: tuple[str, float, int]) -> CurvePoint:
    """Return one point of all folds, at the mean of their labels."""
    codes = np.zeros(len(rows), dtype=np.int64)
    for tested, points in folds:
        codes[np.searchsorted(rows, tested)] = points[key].codes
    same = [points[key] for _, points in folds]
    labels = round(float(np.mean([point.labels for point in same])))
    return CurvePoint(key[0], labels, codes, max(point.stand_in for point in same), share=key[1])


def _curve(bench: Workbench, model: str, ready: Ready, race: Race, fitted: np.ndarray, tested: np.ndarray) -> Curves:
    """Return the points of one model; none where it cannot be fitted again quickly."""
    if isinstance(ready.trial.part, Control) and (ready.trial.part.iterative or not ready.trial.part.learns):
        return {}
    probe = race.best_probe() if ready.trial.epochs else None
    stand_in = "" if probe is None else probe.name
    who = ready if probe is None else replace(ready, trial=probe)
    drawn = [(share, repeat) for share, repeats in SHARES for repeat in range(repeats)]
    points: dict[tuple[str, float, int], CurvePoint] = {}
    for place, (share, repeat) in enumerate(drawn):
        bench.tools.progress("learning curve", place, len(drawn) + 1)
        rows = bench.rows.sample(fitted, share, seed=bench.tools.config.seed + 100 + repeat)
        if len(np.unique(bench.material.codes[rows])) == bench.material.classes:
            codes = _answers(bench, who, fit_again(bench, who, race, rows), tested)
            points[model, share, repeat] = CurvePoint(model, len(rows), codes, stand_in, share=share)
    bench.tools.progress("learning curve", len(drawn), len(drawn) + 1)
    whole = ready.adapted if probe is None else fit_again(bench, who, race, fitted)
    points[model, 1.0, 0] = CurvePoint(model, len(fitted), _answers(bench, who, whole, tested), stand_in, share=1.0)
    bench.tools.progress("learning curve", len(drawn) + 1, len(drawn) + 1)
    return points


def _answers(bench: Workbench, who: Ready, adapted: Adapted, tested: np.ndarray) -> np.ndarray:
    proba = soften(adapted.predict_proba(inputs_of(bench, who), tested), who.temperature)
    return decide(proba, who.weights)


def fit_again(bench: Workbench, who: Ready, race: Race, rows: np.ndarray) -> Adapted:
    """Fit what needs no epochs on the rows, repeating the choices that were made on validation."""
    fewer = len(race.heat.fitted) / len(rows)
    if isinstance(who.trial.part, Control):
        return fit_control(bench, who.trial.part, rows, learned=_on_fewer(who.adapted.learned_, fewer))
    heat = Heat(f"{race.heat.scope}-curve", rows, np.zeros(0, dtype=np.int64))
    trial = repeated(who.trial)
    return Fitting(bench, heat).fit(replace(trial, setting=_on_fewer(trial.setting, fewer)))


def _on_fewer(choices: Mapping[str, Any], fewer: float) -> dict[str, Any]:
    """Return choices for that many times fewer rows: a penalty a row keeps its sum over rows, as in `fit_logistic`."""
    return {name: value * fewer if name == "penalty" else value for name, value in choices.items()}
