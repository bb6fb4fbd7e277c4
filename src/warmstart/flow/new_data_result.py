"""What is said of a bundle on new rows: which are left out and why, and the result in the layout of result.json."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from warmstart.core import wording
from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.finding import Finding, Severity
from warmstart.core.note import Note
from warmstart.errors import listed
from warmstart.flow.diagnose import diagnose
from warmstart.flow.run import versions
from warmstart.learning.measured import change, confusion_of, per_class, scores
from warmstart.learning.transfer_gain import gain_record
from warmstart.runtime.bundle import Bundle

SCHEMA = "warmstart.result/1"
DELIVERED, CONTROL = "delivered", "control"
NAMED = 3


@dataclass(frozen=True)
class SortedRows:
    """Which rows are tested, of a class unknown to the bundle, without a label, fitted on, or tested once before."""

    tested: np.ndarray
    unknown: np.ndarray
    unlabelled: np.ndarray
    seen: np.ndarray
    retested: np.ndarray


def left_out(bundle: Bundle, dataset: Dataset, rows: SortedRows) -> list[Note]:
    """Say which rows are not tested, or are and should not be: a note a kind."""
    notes: list[Note] = []
    if len(rows.unknown):
        names = sorted({str((dataset.labels or ())[row]) for row in rows.unknown})
        sentence = (
            f"{wording.count(len(rows.unknown), 'row')} of classes that the bundle does not know ({listed(names)}) "
            f"{_are(rows.unknown)} left out; it answers with {listed(bundle.task.classes)}."
        )
        notes.append(Note("unknown_classes", sentence, _share(rows.unknown, dataset)))
    if len(rows.seen):
        kept = np.isin(rows.seen, rows.tested).all()
        sentence = (
            f"{wording.count(len(rows.seen), 'row')} {_are(rows.seen)} what the bundle was fitted on "
            f"({listed((dataset.ids[row] for row in rows.seen), NAMED)}), and "
            f"{'tested all the same, as was asked' if kept else 'left out'}."
        )
        notes.append(Note("seen_in_training", sentence, _share(rows.seen, dataset)))
    if len(rows.retested):
        sentence = (
            f"{wording.count(len(rows.retested), 'row')} {_are(rows.retested)} what the bundle was tested on before "
            f"({listed((dataset.ids[row] for row in rows.retested), NAMED)}): on those it can only do as it did."
        )
        notes.append(Note("in_the_test_part", sentence, _share(rows.retested, dataset)))
    if len(rows.unlabelled):
        sentence = f"{wording.count(len(rows.unlabelled), 'row')} without a label {_are(rows.unlabelled)} left out."
        notes.append(Note("unlabelled", sentence, _share(rows.unlabelled, dataset)))
    return notes


def _are(rows: np.ndarray) -> str:
    return "is" if len(rows) == 1 else "are"


def _share(rows: np.ndarray, dataset: Dataset) -> dict[str, float]:
    return {"rows": len(rows), "share": len(rows) / max(1, len(dataset))}


def described(bundle: Bundle, evidence: Evidence, dataset: Dataset, rows: SortedRows) -> dict[str, Any]:
    """Return the result in the layout of result.json."""
    before = _before(bundle)
    findings = [*diagnose(evidence), *_changed(before, evidence, rows)]
    manifest = bundle.manifest
    control = str(manifest["control"].get("name") or CONTROL)
    beside = evidence.predictions.get(CONTROL)
    return {
        "schema": SCHEMA,
        "data": dataset.name,
        "bundle": {"path": str(bundle.path), "created": manifest["created"]},
        "task": {
            "kind": evidence.task.kind,
            "modality": evidence.task.modality,
            "classes": list(evidence.task.classes),
            "rows": _counts(evidence, rows),
        },
        "evaluation": evidence.evaluation,
        "metric": evidence.metric,
        "chosen": chosen_of(bundle),
        "test": scores(evidence, evidence.predictions[DELIVERED]),
        "before": None if before is None else scores(before, before.predictions[before.chosen]),
        "controls": [] if beside is None else [{"name": control, "status": "finished", **scores(evidence, beside)}],
        "transfer_gain": _gain(bundle, evidence, control),
        "labels_saved": {"value": None, "low": None, "high": None, "reason": "It is measured when a model is fitted."},
        "trials": [],
        "findings": [finding.to_json() for finding in findings],
        "confusion": confusion_of(evidence).tolist(),
        "per_class": per_class(evidence),
        "versions": versions(),
    }


def _counts(evidence: Evidence, rows: SortedRows) -> dict[str, int]:
    return {
        "train": evidence.labels,
        "validation": 0,
        "test": len(rows.tested),
        "skipped": len(evidence.data.skipped),
        "unknown": len(rows.unknown),
        "unlabelled": len(rows.unlabelled),
        "seen": len(rows.seen),
        "seen_tested": int(np.isin(rows.tested, rows.seen).sum()),
        "retested": len(rows.retested),
    }


def chosen_of(bundle: Bundle) -> dict[str, Any]:
    """Return what the bundle delivers, as result.json names it."""
    strategy, cut = str(bundle.manifest["strategy"]), str(bundle.manifest["cut"] or "")
    return {
        "source": bundle.card.name if bundle.card else "",
        "strategy": strategy,
        "cut": cut,
        "name": f"{strategy} at {cut}" if cut else strategy,
        "is_control": bool(bundle.manifest["is_control"]),
    }


def _gain(bundle: Bundle, evidence: Evidence, control: str) -> dict[str, Any]:
    """Return the gain over the travelling control, or why it cannot be told."""
    gain = gain_record(evidence)
    if evidence.candidate == evidence.control:
        return {**gain, "reason": _no_control(bundle)}
    return {**gain, "candidate": chosen_of(bundle)["name"], "control": control}


def _no_control(bundle: Bundle) -> str:
    """Say why there is no control to compare with."""
    if bundle.manifest["is_control"]:
        return "Not applicable, because the bundle delivers the control itself, with no transferred model beside it."
    return f"Not applicable, because no control travels in the bundle. {bundle.manifest['control']['why']}"


def _before(bundle: Bundle) -> Evidence | None:
    """Return the evidence that the bundle was delivered with, where its rows are still in it."""
    before = bundle.evidence()
    return before if before is not None and len(before.truth) else None


def _changed(before: Evidence | None, now: Evidence, rows: SortedRows) -> list[Finding]:
    """Say whether the metric on new rows is another than on those that the bundle was tested on when it was fitted."""
    if before is None:
        return []
    new = ~np.isin(rows.tested, (*rows.seen, *rows.retested))
    if not new.any():
        sentence = "None of the test rows is new to the bundle, so that they cannot show a change since it was fitted."
        return [Finding("changed_since_fit", "not applicable", sentence)]
    moved = change(before, _only(now, new))
    severity: Severity = "warning" if moved.high < 0 else "passed"
    words = "lower than" if moved.high < 0 else "higher than" if moved.low > 0 else "not told apart from"
    where = "" if new.all() else f" on the {wording.count(int(new.sum()), 'new row')}"
    sentence = (
        f"The {wording.metric_name(now.metric)}{where} is {words} when the bundle was fitted: "
        f"{wording.points(moved.to_json())}."
    )
    remedy = "Compare these inputs with the old ones; label some of these rows and fit again." if moved.high < 0 else ""
    return [Finding("changed_since_fit", severity, sentence, moved.to_json(), remedy)]


def _only(evidence: Evidence, rows: np.ndarray) -> Evidence:
    """Return the evidence of some of its test rows, with the answers of what is delivered alone."""
    answered = evidence.predictions[evidence.chosen]
    return replace(
        evidence,
        truth=evidence.truth[rows],
        predictions={evidence.chosen: Predictions(answered.proba[rows], answered.codes[rows])},
        groups=None if evidence.groups is None else evidence.groups[rows],
    )
