"""What is said of a bundle on new rows: which are left out and why, and the result in the layout of result.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core import wording
from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Evidence
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
    """Which rows are tested, and which are of a class unknown to the bundle, without a label, or seen before."""

    tested: np.ndarray
    unknown: np.ndarray
    unlabelled: np.ndarray
    seen: np.ndarray


def left_out(bundle: Bundle, dataset: Dataset, rows: SortedRows) -> list[Note]:
    """Say which rows are not tested, or are and should not be: a note a kind."""
    notes: list[Note] = []
    if len(rows.unknown):
        names = sorted({str((dataset.labels or ())[row]) for row in rows.unknown})
        sentence = (
            f"{_count(len(rows.unknown))} of classes that the bundle does not know ({listed(names)}) "
            f"{_are(rows.unknown)} left out; it answers with {listed(bundle.task.classes)}."
        )
        notes.append(Note("unknown_classes", sentence, _share(rows.unknown, dataset)))
    if len(rows.seen):
        kept = np.isin(rows.seen, rows.tested).all()
        sentence = (
            f"{_count(len(rows.seen))} {_are(rows.seen)} what the bundle was fitted on "
            f"({listed((dataset.ids[row] for row in rows.seen), NAMED)}), and "
            f"{'tested all the same, as was asked' if kept else 'left out'}."
        )
        notes.append(Note("seen_in_training", sentence, _share(rows.seen, dataset)))
    if len(rows.unlabelled):
        sentence = f"{_count(len(rows.unlabelled))} without a label {_are(rows.unlabelled)} left out."
        notes.append(Note("unlabelled", sentence, _share(rows.unlabelled, dataset)))
    return notes


def _count(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _are(rows: np.ndarray) -> str:
    return "is" if len(rows) == 1 else "are"


def _share(rows: np.ndarray, dataset: Dataset) -> dict[str, float]:
    return {"rows": len(rows), "share": len(rows) / max(1, len(dataset))}


def described(bundle: Bundle, evidence: Evidence, dataset: Dataset, rows: SortedRows) -> dict[str, Any]:
    """Return the result in the layout of result.json."""
    before = _before(bundle)
    findings = [*diagnose(evidence), *_changed(before, evidence)]
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


def _changed(before: Evidence | None, now: Evidence) -> list[Finding]:
    """Say whether the metric is another than on the rows that the bundle was tested on when it was fitted."""
    if before is None:
        return []
    moved = change(before, now)
    severity: Severity = "warning" if moved.high < 0 else "passed"
    words = "lower than" if moved.high < 0 else "higher than" if moved.low > 0 else "not told apart from"
    sentence = (
        f"The {wording.metric_name(now.metric)} is {words} when the bundle was fitted: "
        f"{wording.points(moved.to_json())}."
    )
    remedy = "Compare these inputs with the old ones; label some of these rows and fit again." if moved.high < 0 else ""
    return [Finding("changed_since_fit", severity, sentence, moved.to_json(), remedy)]
