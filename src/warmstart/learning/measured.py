"""What evidence says of a model: every metric with its interval, the confusion table, and every class by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.learning.intervals import Interval, around, draw, proportion
from warmstart.learning.metrics import METRICS, confusion, expected_calibration_error, log_loss
from warmstart.learning.transfer_gain import resampling_of, stretch_of


def scores(evidence: Evidence, answered: Predictions) -> dict[str, Any]:
    """Return every metric of a model on the test rows, each with its interval.

    Accuracy has Wilson's interval, over groups instead of rows where drawing groups anew always gives
    the same; all else is drawn anew.
    """
    truth, draws, stretch = evidence.truth, resampling_of(evidence), stretch_of(evidence)
    measures: dict[str, Callable[[np.ndarray], float]] = {
        name: partial(_of_codes, metric, truth, answered.codes) for name, metric in METRICS.items()
    }
    measures["log_loss"] = lambda rows: log_loss(truth[rows], answered.proba[rows])
    measures["ece"] = lambda rows: expected_calibration_error(truth[rows], answered.proba[rows])
    everything = np.arange(len(truth))
    found = {
        name: around(measure(everything), draw(measure, draws), stretch=stretch) for name, measure in measures.items()
    }
    independent = len(truth) if evidence.groups is None else len(np.unique(evidence.groups))
    if evidence.groups is None or found["accuracy"].low == found["accuracy"].high:
        found["accuracy"] = proportion(found["accuracy"].value, independent, stretch=stretch)
    return {name: interval.to_json() for name, interval in found.items()}


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
    measured = [(_metric_of(one, np.arange(len(one.truth))), _metric_draws(one)) for one in (before, now)]
    (value_before, draws_before), (value_now, draws_now) = measured
    # Equal numbers of rows would be drawn alike, and their spreads cancel.
    apart = np.random.default_rng(0).permutation(draws_before)
    return around(value_now - value_before, draws_now - apart)


def _metric_of(evidence: Evidence, rows: np.ndarray) -> float:
    return _of_codes(METRICS[evidence.metric], evidence.truth, evidence.predictions[evidence.chosen].codes, rows)


def _metric_draws(evidence: Evidence) -> np.ndarray:
    value = _metric_of(evidence, np.arange(len(evidence.truth)))
    return value + stretch_of(evidence) * (draw(partial(_metric_of, evidence), resampling_of(evidence)) - value)


def _of_codes(
    metric: Callable[[np.ndarray, np.ndarray], float], truth: np.ndarray, codes: np.ndarray, rows: np.ndarray
) -> float:
    return metric(truth[rows], codes[rows])
