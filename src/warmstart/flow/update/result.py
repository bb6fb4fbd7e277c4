"""What is said of an update: the old classes before and after, the new ones, and the result in result.json's layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding, Severity
from warmstart.core.wording import metric_name, percent_interval, points
from warmstart.errors import listed
from warmstart.flow.diagnose import diagnose
from warmstart.flow.new_data_result import SCHEMA, chosen_of
from warmstart.flow.run import versions
from warmstart.flow.update.evidence import DELIVERED, OldClasses
from warmstart.flow.update.new_rows import NewRows
from warmstart.learning.intervals import Interval
from warmstart.learning.measured import confusion_of, per_class, scores
from warmstart.learning.shares import share_of
from warmstart.runtime.bundle import Bundle
from warmstart.store import strict_json

MEASURE = "Measure both bundles with `warmstart evaluate` on labelled rows that neither has seen."


def described(
    bundle: Bundle, rows: NewRows, evidence: Evidence, old: OldClasses, most_forgotten: float, *, forced: bool
) -> dict[str, Any]:
    """Return the result as plain values."""
    known = len(bundle.task.classes)
    names = rows.task.classes[known:]
    new = _accuracy_of(evidence, evidence.truth >= known)
    none = dict.fromkeys(("value", "low", "high", "detectable"))
    result = {
        "schema": SCHEMA,
        "data": rows.dataset.name,
        "bundle": {"updated": str(bundle.path), "created": bundle.manifest["created"]},
        "task": {
            "kind": evidence.task.kind,
            "modality": evidence.task.modality,
            "classes": list(evidence.task.classes),
            "rows": {
                "train": evidence.labels,
                "validation": 0,
                "test": len(evidence.truth),
                "skipped": len(evidence.data.skipped),
                "new": int(np.sum(~rows.tested)),
                "old": len(evidence.truth) - int(np.sum(rows.tested)),
            },
        },
        "evaluation": evidence.evaluation,
        "metric": evidence.metric,
        "chosen": chosen_of(bundle),
        "test": scores(evidence, evidence.predictions[DELIVERED]) if len(evidence.truth) else {},
        "update": {
            "old_classes": _old_to_json(old),
            "new_classes": {"names": list(names), "accuracy": None if new is None else new.to_json()},
            "most_forgotten": most_forgotten,
            "forced": forced,
        },
        "controls": [],
        "transfer_gain": {
            "metric": evidence.metric, **none, "verdict": "not applicable", "reason": headline(old, names, new),
        },
        "labels_saved": {"value": None, "low": None, "high": None, "reason": "It is measured when a model is fitted."},
        "trials": [],
        "findings": [one.to_json() for one in _findings(evidence, old, most_forgotten)],
        "confusion": confusion_of(evidence).tolist(),
        "per_class": per_class(evidence),
        "versions": versions(),
    }  # fmt: skip
    plain: dict[str, Any] = strict_json.plain(result)
    return plain


def headline(old: OldClasses, names: tuple[str, ...], new: Interval | None) -> str:
    """Return what the update did, in one sentence."""
    if old.change is None:
        said = "Updated, and what that does to the old classes was not measured"
    else:
        changed = points(old.change.to_json()).replace("points", "points of accuracy", 1)
        but = f" (without {listed(old.untested)}, of which no test rows are stored)" if old.untested else ""
        said = f"Updated: the old classes{but} change by {changed}"
    if not names:
        return f"{said}."
    measured = "not measured" if new is None else percent_interval(new.to_json())
    return f"{said}; accuracy on the new {'class' if len(names) == 1 else 'classes'} {listed(names)}: {measured}."


def _accuracy_of(evidence: Evidence, rows: np.ndarray) -> Interval | None:
    """Return the accuracy on some test rows, or None where there are none."""
    if not rows.any():
        return None
    return share_of(evidence, evidence.predictions[DELIVERED].codes == evidence.truth, rows)


def _old_to_json(old: OldClasses) -> dict[str, Any]:
    told = {name: getattr(old, name) for name in ("before", "after", "change")}
    return {
        "rows": old.rows,
        **{name: None if value is None else value.to_json() for name, value in told.items()},
        "taken": old.taken,
        "untested": list(old.untested),
        "reason": old.reason,
    }


def _findings(evidence: Evidence, old: OldClasses, most_forgotten: float) -> list[Finding]:
    """Return what became of the old classes, and what the diagnoses say where there are test rows."""
    return [_about_old(old, most_forgotten), *(diagnose(evidence) if len(evidence.truth) else ())]


def _about_old(old: OldClasses, most_forgotten: float) -> Finding:
    """Return what became of the old classes as a finding."""
    if old.change is None or old.before is None or old.after is None:
        sentence = f"The accuracy on the old classes could not be measured: {old.reason}"
        return Finding("old_classes", "warning", sentence, {}, MEASURE)
    severity = _severity(old, old.change, most_forgotten)
    sentence = (
        f"On {old.rows:,} test rows of the old classes the {metric_name('accuracy')} was "
        f"{percent_interval(old.before.to_json())} and is {percent_interval(old.after.to_json())}: "
        f"{points(old.change.to_json())}. {_taken(old)}{_untested(old)}"
    )
    remedy = {"harm": "Fit on old and new rows together.", "warning": MEASURE}.get(severity, "")
    return Finding("old_classes", severity, sentence, _old_to_json(old), remedy)


def _severity(old: OldClasses, change: Interval, most_forgotten: float) -> Severity:
    """Return how bad the change is; a warning where it is none, and some of the classes were not measured."""
    if -change.value > most_forgotten:
        return "harm"
    if old.untested:
        return "warning"
    return "note" if change.high < 0 else "passed"


def _untested(old: OldClasses) -> str:
    if not old.untested:
        return ""
    return f" What becomes of {listed(old.untested)} was not measured: the bundle stores no test rows of them."


def _taken(old: OldClasses) -> str:
    if not old.taken:
        return "None of those that were right is taken for a new class now."
    verb = "is" if old.taken == 1 else "are"
    return f"Of those that were right, {old.taken:,} {verb} taken for a new class now."
