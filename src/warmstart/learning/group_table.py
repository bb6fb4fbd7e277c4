"""A model's metrics group by group, as fairlearn's MetricFrame disaggregates them."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from warmstart.core.evidence import Predictions
from warmstart.errors import NotApplicable
from warmstart.learning.metrics import METRICS

OVERCONFIDENCE = "overconfidence"
PACKAGE = "fairlearn"


def require_fairlearn() -> None:
    """Raise NotApplicable, saying how to get it, where fairlearn is not installed."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise NotApplicable(
            "metrics by group are counted by fairlearn, which is not installed. "
            "Install it with `pip install 'warmstart[audit]'`."
        )


def group_table(
    labels: np.ndarray, truth: np.ndarray, answered: Predictions, *, metric: str, classes: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Return per group its metric, overconfidence, and per class with rows in it (error rate, rows).

    Parameters
    ----------
    labels : the group of every row (rows,), "" where it is not known: such rows are in no group.
    """
    from fairlearn.metrics import MetricFrame

    known = labels != ""
    codes = answered.codes[known]
    sure = answered.proba[np.arange(len(truth)), answered.codes][known]
    frame = MetricFrame(
        metrics={metric: METRICS[metric], OVERCONFIDENCE: _overconfidence, "errors": _errors},
        y_true=truth[known],
        y_pred=codes,
        sensitive_features=labels[known],
        sample_params={OVERCONFIDENCE: {"sure": sure}},
    )
    return {
        str(group): {
            metric: float(values[metric]),
            OVERCONFIDENCE: float(values[OVERCONFIDENCE]),
            "errors": {classes[code]: told for code, told in values["errors"].items()},
        }
        for group, values in frame.by_group.to_dict("index").items()
    }


def _overconfidence(truth: np.ndarray, codes: np.ndarray, sure: np.ndarray) -> float:
    return float(np.mean(sure) - np.mean(np.asarray(truth) == np.asarray(codes)))


def _errors(truth: np.ndarray, codes: np.ndarray) -> dict[int, tuple[float, int]]:
    """Return per class code the share of its rows that was answered with another class, and how many it has."""
    said, there = np.asarray(codes), np.asarray(truth)
    codes_there, rows = np.unique(there, return_counts=True)
    return {
        int(code): (float(np.mean(said[there == code] != code)), int(count))
        for code, count in zip(codes_there, rows, strict=True)
    }
