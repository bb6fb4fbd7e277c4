"""result.json: what tools read of a finished run (schema warmstart.result/1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding
from warmstart.flow.choose import Choice
from warmstart.flow.evaluate import CANDIDATE, CONTROL, DELIVERED
from warmstart.flow.next_commands import with_bundle
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.run import versions
from warmstart.flow.trial import Trial, trial_record
from warmstart.flow.workbench import Workbench
from warmstart.learning.labels_saved import labels_saved
from warmstart.learning.learning_curve import drawn_curve
from warmstart.learning.measured import confusion_of, per_class, scores
from warmstart.learning.transfer_gain import gain_record
from warmstart.store import strict_json

SCHEMA = "warmstart.result/1"


def describe(
    bench: Workbench,
    choice: Choice,
    against: Sequence[str],
    trials: Sequence[Trial],
    evidence: Evidence,
    findings: Sequence[Finding],
    *,
    rows: Mapping[str, int],
) -> dict[str, Any]:
    """Return the result of a run as plain JSON values.

    Parameters
    ----------
    choice : what was named on validation, on all rows.
    against : the control that the gain is measured against, as every outer fold named it, or the one choice did.
    rows : how many were for training, validation, test, and skipped.
    """
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
        "chosen": {
            **_named(bench, choice.delivered.trial),
            "is_control": choice.delivers_control,
            "lead": choice.lead,
            "named_by": "cross-validation" if bench.few else "validation",
            "refitted": choice.delivered.trial.again,
        },
        "precision": bench.tools.run.record["precision"],
        "test": scores(evidence, evidence.predictions[DELIVERED]),
        "candidate_test": scores(evidence, evidence.predictions[CANDIDATE]),
        "controls": [_control(evidence, trial) for trial in controls],
        "transfer_gain": _gain(choice, against, evidence),
        "labels_saved": asdict(labels_saved(evidence)),
        "learning_curves": _curves(choice, evidence),
        "forgetting": None if evidence.forgetting is None else asdict(evidence.forgetting),
        "ranking": [dict(row) for row in bench.ranking],
        "ranking_reason": bench.ranking_reason,
        "trials": [trial_record(bench, trial) for trial in trials],
        "findings": [finding.to_json() for finding in findings],
        "confusion": confusion_of(evidence).tolist(),
        "per_class": per_class(evidence),
        "seed": bench.tools.config.seed,
        "threads": bench.tools.threads,
        "versions": versions(),
    }
    plain: dict[str, Any] = strict_json.plain(result)
    return plain


def finish(result: dict[str, Any], bench: Workbench) -> dict[str, Any]:
    """Return the result with what is known only at the very end: seconds, memory, and what to do next."""
    seconds = {name: round(value, 2) for name, value in bench.tools.watch.seconds.items()}
    seconds["total"] = round(bench.tools.run.elapsed(), 2)
    commands = with_bundle(bench.tools.run.folder, result["task"]["modality"])
    return {**result, "seconds": seconds, "peak_rss_mb": peak_rss_mb(), "next": commands}


def _control(evidence: Evidence, trial: Trial) -> dict[str, Any]:
    """Return a control's name and test metrics, or why it has none."""
    if trial.name not in evidence.predictions:
        return {"name": trial.name, "status": trial.status, "reason": trial.reason}
    return {"name": trial.name, "status": trial.status, **scores(evidence, evidence.predictions[trial.name])}


def _gain(choice: Choice, against: Sequence[str], evidence: Evidence) -> dict[str, Any]:
    """Return the transfer gain with the names of what was compared; of controls, the one that most folds named."""
    folds = Counter(against)
    control, _ = folds.most_common(1)[0]
    return {
        **gain_record(evidence),
        "candidate": choice.candidate.trial.name,
        "control": control,
        "control_by_folds": dict(folds),
    }


def _curves(choice: Choice, evidence: Evidence) -> list[dict[str, Any]]:
    """Return the learning curves that there are; where the control is delivered, its own is that of both."""
    names = {DELIVERED: choice.delivered.trial.name, CONTROL: choice.control.trial.name}
    return [
        {"name": name, **curve}
        for model, name in names.items()
        if (curve := drawn_curve(evidence, model)) and not (choice.delivers_control and model == DELIVERED)
    ]


def _named(bench: Workbench, trial: Trial) -> dict[str, Any]:
    record = trial_record(bench, trial)
    return {"source": record["source"], "strategy": record["strategy"], "cut": record["cut"], "name": trial.name}
