"""What evidence says of a model: every metric with its interval, the confusion table, and every class by itself."""

from __future__ import annotations

from functools import partial
from typing import Any, TypedDict

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.errors import NotApplicable
from warmstart.learning.hit_rates import hit_rate, strata_of
from warmstart.learning.intervals import Interval, Resampling, around, difference, draw, no_surer_than, within_reach
from warmstart.learning.metrics import confusion, expected_calibration_error, macro_f1, row_losses
from warmstart.learning.transfer_gain import resampling_of, stretch_of

EVERY = slice(None)


class Told(TypedDict):
    """A value with its interval; without one, where there are too few groups."""

    value: float
    low: float | None
    high: float | None


def scores(evidence: Evidence, answered: Predictions) -> dict[str, Any]:
    """Return every metric of a model on the test rows, each with its interval.

    Where the rows are of too few groups, log loss has none. The calibration error never has: every draw
    of the rows raises it, so that draws say nothing of where the truth may lie; what chance alone would
    give stands among the findings (`calibration_error_by_chance`).
    """
    rates = {metric: _rate(metric, evidence, answered) for metric in ("accuracy", "balanced_accuracy")}
    losses = row_losses(evidence.truth, answered.proba)
    draws = resampling_of(evidence)
    drawn = np.array([(_macro_f1(evidence, answered, rows), losses[rows].mean()) for rows in draws])
    f1 = _macro_f1_with_interval(evidence, answered, drawn[:, 0], rates["balanced_accuracy"])
    return {
        **{metric: rate.to_json() for metric, rate in rates.items()},
        "macro_f1": f1.to_json(),
        "log_loss": _told(evidence, float(losses.mean()), drawn[:, 1], draws, least=0.0),
        "ece": {"value": expected_calibration_error(evidence.truth, answered.proba), "low": None, "high": None},
    }


def mean_over_rows(evidence: Evidence, values: np.ndarray, *, draws: int, least: float = -np.inf) -> Told:
    """Return the mean of a value of every test row (rows,), with its interval where there are groups enough.

    Parameters
    ----------
    least : what no mean is below.
    """
    resampling = Resampling(evidence.truth, evidence.groups, draws=draws)
    sample = draw(lambda rows: float(values[rows].mean()), resampling)
    return _told(evidence, float(values.mean()), sample, resampling, least=least)


def _told(evidence: Evidence, value: float, sample: np.ndarray, resampling: Resampling, *, least: float) -> Told:
    """Return a value with the interval of its draws; without, where there are too few groups to have one."""
    try:
        drawn = _drawn(evidence, value, sample, resampling)
    except NotApplicable:
        return {"value": value, "low": None, "high": None}
    found = within_reach(drawn, least, np.inf)
    return {"value": found.value, "low": found.low, "high": found.high}


def _drawn(evidence: Evidence, value: float, sample: np.ndarray, resampling: Resampling) -> Interval:
    """Return a value with the interval of its draws.

    Raises
    ------
    NotApplicable : the rows are of too few groups.
    """
    return around(value, sample, stretch=stretch_of(evidence) * resampling.stretch)


def _rate(metric: str, evidence: Evidence, answered: Predictions) -> Interval:
    """Return accuracy or balanced accuracy."""
    hits, strata = answered.codes == evidence.truth, strata_of(metric, evidence.truth)
    return hit_rate(hits, strata, evidence.groups, stretch=stretch_of(evidence))


def _macro_f1(evidence: Evidence, answered: Predictions, rows: np.ndarray | slice = EVERY) -> float:
    return macro_f1(evidence.truth[rows], answered.codes[rows])


def _macro_f1_with_interval(
    evidence: Evidence, answered: Predictions, sample: np.ndarray, balanced: Interval
) -> Interval:
    """Return macro-F1 with the interval of its draws, or of the balanced accuracy where that is the longer.

    Where all rows of a rare class are answered alike, every draw is alike, and surer than so few rows can be.
    """
    value = _macro_f1(evidence, answered)
    try:
        drawn = _drawn(evidence, value, sample, resampling_of(evidence))
    except NotApplicable:
        drawn = Interval(value, value, value)
    return within_reach(no_surer_than(drawn, balanced), 0.0, 1.0)


def confusion_of(evidence: Evidence) -> np.ndarray:
    """Return the chosen model's counts (classes, classes): rows the truth, columns the answer."""
    return confusion(evidence.truth, evidence.predictions[evidence.chosen].codes, len(evidence.task.classes))


def per_class(evidence: Evidence) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of every class, by the chosen model; None where there is none."""
    table = confusion_of(evidence)
    found = []
    for code, name in enumerate(evidence.task.classes):
        hits, truth, answered = table[code, code], table[code].sum(), table[:, code].sum()
        found.append(
            {
                "class": name,
                "rows": int(truth),
                "precision": hits / answered if answered else None,
                "recall": hits / truth if truth else None,
                "f1": 2 * hits / (truth + answered) if truth + answered else None,
            }
        )
    return found


def change(before: Evidence, now: Evidence) -> Interval:
    """Return by how much the chosen model's metric differs between two sets of other rows, with its interval."""
    return difference(_chosen_metric(now), _chosen_metric(before))


def _chosen_metric(evidence: Evidence) -> Interval:
    """Return the metric of the chosen model."""
    answered = evidence.predictions[evidence.chosen]
    if evidence.metric != "macro_f1":
        return _rate(evidence.metric, evidence, answered)
    sample = draw(partial(_macro_f1, evidence, answered), resampling_of(evidence))
    rate = _rate("balanced_accuracy", evidence, answered)
    return _macro_f1_with_interval(evidence, answered, sample, rate)
