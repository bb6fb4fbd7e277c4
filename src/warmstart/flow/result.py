"""result.json: what tools read of a finished run (schema warmstart.result/1)."""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.finding import Finding
from warmstart.flow.choose import Choice
from warmstart.flow.evaluate import CANDIDATE, DELIVERED
from warmstart.flow.race import Trial, trial_record
from warmstart.flow.run import versions
from warmstart.flow.workbench import Workbench
from warmstart.learning.intervals import around, draw, proportion
from warmstart.learning.metrics import METRICS, confusion, expected_calibration_error, log_loss
from warmstart.learning.transfer_gain import labels_saved, resampling_of, transfer_gain

SCHEMA = "warmstart.result/1"


def describe(
    bench: Workbench,
    choice: Choice,
    trials: Sequence[Trial],
    evidence: Evidence,
    findings: Sequence[Finding],
    *,
    rows: Mapping[str, int],
    ranking: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the result of a run as plain JSON values.

    Parameters
    ----------
    choice : what was named on validation, on all rows.
    rows : how many were for training, validation, test, and skipped.
    """
    gain, saved = transfer_gain(evidence), labels_saved(evidence)
    chosen = choice.delivered.trial
    controls = [trial for trial in trials if trial.is_control]
    result = {
        "schema": SCHEMA,
        "task": {
            "kind": evidence.task.kind,
            "modality": evidence.task.modality,
            "classes": list(evidence.task.classes),
            "rows": dict(rows),
        },
        "evaluation": evidence.evaluation,
        "metric": evidence.metric,
        "chosen": {**_named(bench, chosen), "is_control": choice.delivers_control},
        "test": scores(evidence, evidence.predictions[DELIVERED]),
        "candidate_test": scores(evidence, evidence.predictions[CANDIDATE]),
        "controls": [_control(evidence, trial) for trial in controls],
        "transfer_gain": {
            "metric": evidence.metric,
            **gain.to_json(),
            "detectable": gain.detectable,
            "candidate": choice.candidate.trial.name,
            "control": choice.control.trial.name,
            "verdict": gain.verdict,
        },
        "labels_saved": {"value": saved.value, "low": saved.low, "high": saved.high, "reason": saved.reason},
        "ranking": [dict(row) for row in ranking],
        "ranking_reason": bench.ranking_reason,
        "trials": [trial_record(bench, trial) for trial in trials],
        "findings": [finding.to_json() for finding in findings],
        "confusion": _confusion(evidence).tolist(),
        "per_class": _per_class(evidence),
        "seed": bench.tools.config.seed,
        "threads": bench.tools.threads,
        "versions": versions(),
    }
    plain: dict[str, Any] = _plain(result)
    return plain


def scores(evidence: Evidence, answered: Predictions) -> dict[str, Any]:
    """Return every metric of a model on the test rows, each with its interval.

    Accuracy has Wilson's interval, over groups instead of rows where drawing groups anew always gives
    the same; all else is drawn anew.
    """
    truth, draws = evidence.truth, resampling_of(evidence)
    measures: dict[str, Callable[[np.ndarray], float]] = {
        name: partial(_of_codes, metric, truth, answered.codes) for name, metric in METRICS.items()
    }
    measures["log_loss"] = lambda rows: log_loss(truth[rows], answered.proba[rows])
    measures["ece"] = lambda rows: expected_calibration_error(truth[rows], answered.proba[rows])
    everything = np.arange(len(truth))
    found = {name: around(measure(everything), draw(measure, draws)) for name, measure in measures.items()}
    independent = len(truth) if evidence.groups is None else len(np.unique(evidence.groups))
    if evidence.groups is None or found["accuracy"].low == found["accuracy"].high:
        found["accuracy"] = proportion(found["accuracy"].value, independent)
    return {name: interval.to_json() for name, interval in found.items()}


def _of_codes(
    metric: Callable[[np.ndarray, np.ndarray], float], truth: np.ndarray, codes: np.ndarray, rows: np.ndarray
) -> float:
    return metric(truth[rows], codes[rows])


def finish(result: dict[str, Any], bench: Workbench) -> dict[str, Any]:
    """Return the result with what is known only at the very end: seconds and memory."""
    seconds = {name: round(value, 2) for name, value in bench.tools.watch.seconds.items()}
    seconds["total"] = round(bench.tools.run.elapsed(), 2)
    return {**result, "seconds": seconds, "peak_rss_mb": peak_rss_mb()}


def peak_rss_mb() -> float:
    """Return the most memory that this process held, in MB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _control(evidence: Evidence, trial: Trial) -> dict[str, Any]:
    """Return a control's name and test metrics, or why it has none."""
    if trial.name not in evidence.predictions:
        return {"name": trial.name, "status": trial.status, "reason": trial.reason}
    return {"name": trial.name, "status": trial.status, **scores(evidence, evidence.predictions[trial.name])}


def _named(bench: Workbench, trial: Trial) -> dict[str, Any]:
    record = trial_record(bench, trial)
    return {"source": record["source"], "strategy": record["strategy"], "cut": record["cut"], "name": trial.name}


def _per_class(evidence: Evidence) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of every class, by the delivered model."""
    table = _confusion(evidence)
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


def _confusion(evidence: Evidence) -> np.ndarray:
    """Return the delivered model's counts (classes, classes): rows the truth, columns the answer."""
    return confusion(evidence.truth, evidence.predictions[DELIVERED].codes, len(evidence.task.classes))


def _plain(value: Any) -> Any:
    """Return the value with numpy numbers as Python's, and None for what is not a number."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
