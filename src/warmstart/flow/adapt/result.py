"""result.json of an adaptation: what was estimated, or, with some labels of the target, measured."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.core.wording import percent, points, signed
from warmstart.errors import listed
from warmstart.flow.adapt.choice import LIMIT
from warmstart.flow.adapt.findings import adapted_findings
from warmstart.flow.adapt.pair import AdaptedPair
from warmstart.flow.adapt.target_labels import DELIVERED
from warmstart.flow.adapt.tried import SOURCE_ONLY, Tried, shares_of
from warmstart.flow.next_commands import with_bundle
from warmstart.flow.result import SCHEMA
from warmstart.flow.run import versions
from warmstart.flow.workbench import Tools
from warmstart.learning.domain_distance import DomainDistance, total_variation
from warmstart.learning.gain_estimate import BENCHMARK, GainEstimate, estimated_gain
from warmstart.learning.measured import scores
from warmstart.learning.transfer_gain import gain_record
from warmstart.store import strict_json

APART, ALIKE = 0.9, 0.6


def describe_adapted(tools: Tools, found: AdaptedPair, proba: np.ndarray) -> dict[str, Any]:
    """Return the result of an adaptation as plain JSON values.

    Parameters
    ----------
    proba : what the delivered model answers for all target rows, (rows, classes).
    """
    pair, measured = found.pair, _measured(found)
    result = {
        "schema": SCHEMA,
        "task": {
            "kind": pair.source.task.kind,
            "modality": pair.source.task.modality,
            "classes": list(pair.source.task.classes),
            "rows": {
                "train": len(pair.fitted),
                "validation": 0,
                "test": 0 if pair.labelled is None else len(pair.labelled.codes),
                "target": len(pair.target.dataset),
                "skipped": len(_skipped(found)),
                "unlabelled": len(pair.source.dataset) - len(pair.fitted),
            },
        },
        "evaluation": "estimated" if found.evidence is None else "cross-fitted",
        "metric": "accuracy" if found.evidence is None else found.evidence.metric,
        "chosen": {
            "source": found.seen.backbone.card.name,
            "strategy": found.chosen.name,
            "cut": found.seen.backbone.stages[-1].name,
            "name": found.chosen.name,
            "is_control": False,
        },
        "adaptation": {**_adaptation(found), "basis": _basis(found)},
        **measured,
        "ranking": [dict(row) for row in found.ranked.ranking.to_json()],
        "ranking_reason": found.ranked.reason,
        "findings": [finding.to_json() for finding in adapted_findings(found)],
        "skipped": _skipped(found),
        "answers": {name: int(count) for name, count in zip(pair.source.task.classes, _counts(proba), strict=True)},
        "next": with_bundle(tools.run.folder, pair.source.task.modality),
        "seed": tools.config.seed,
        "threads": tools.threads,
        "versions": versions(),
    }
    plain: dict[str, Any] = strict_json.plain(result)
    return plain


def _skipped(found: AdaptedPair) -> list[dict[str, str]]:
    """Return every row of both domains that could not be read, with the reason."""
    domains = {"source": found.pair.source.dataset, "target": found.pair.target.dataset}
    return [
        {"domain": domain, "id": row.id, "reason": row.reason}
        for domain, dataset in domains.items()
        for row in dataset.skipped
    ]


def _counts(proba: np.ndarray) -> np.ndarray:
    return np.bincount(proba.argmax(axis=1), minlength=proba.shape[1])


def _adaptation(found: AdaptedPair) -> dict[str, Any]:
    """Return what was found out about both domains, and what was tried."""
    classes = found.pair.source.task.classes
    target, base = found.pair.target, _base(found)
    estimate = _estimate(found)
    return {
        "source": found.pair.source.dataset.name,
        "target": target.dataset.name,
        "adapts": found.chosen.adapts,
        "why": found.chosen.why,
        "distance": {**asdict(found.distance), "sentence": _distance(found)},
        "overlap": {
            "exact": int(target.exact.sum()),
            "near": int((target.near & ~target.exact).sum()),
            "same_name": target.same_name,
            "sentence": target.sentence(),
        },
        "mix": None if found.pair.mix is None else dict(zip(classes, found.pair.mix.tolist(), strict=True)),
        "gate": {"limit": LIMIT, "applied": found.chosen.by == "gate"},
        "estimate": {**asdict(estimate), "benchmark": asdict(BENCHMARK), "sentence": _estimated(found, estimate)},
        "source_shares": _shares(classes, _source_shares(found)),
        "methods": [_method(found, one, base, classes) for one in found.tried],
        "delivered": _shares(classes, shares_of(_delivered(found))),
    }


def _method(found: AdaptedPair, one: Tried, base: Tried, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return what one method gave: its class shares, how they differ from the source's own head's, its accuracy."""
    plain = {"name": one.name, "summary": one.summary, "status": "finished", "reason": one.reason}
    if one.head is None:
        return {**plain, "status": "not applicable"}
    told = {
        **plain,
        "seconds": round(one.seconds, 3),
        "delivered": one.name in found.chosen.heads,
        "shares": _shares(classes, one.shares),
        "distance": total_variation(base.shares, one.shares),
        "changed": float(np.mean(one.proba.argmax(axis=1) != base.proba.argmax(axis=1))),
    }
    if found.evidence is not None:
        told["test"] = scores(found.evidence, found.evidence.predictions[one.name])
    return told


def _measured(found: AdaptedPair) -> dict[str, Any]:
    """Return what was measured on labelled target rows, or the reason why nothing was."""
    if found.evidence is None:
        reason = "Without labels of the target, whether adapting helps is estimated, not measured."
        return {"test": {}, "controls": [], "transfer_gain": {"metric": "accuracy", "value": None, "reason": reason}}
    evidence = found.evidence
    return {
        "test": scores(evidence, evidence.predictions[DELIVERED]),
        "controls": [{"name": SOURCE_ONLY, **scores(evidence, evidence.predictions[SOURCE_ONLY])}],
        "transfer_gain": {**_gain(found, evidence), "candidate": found.chosen.name, "control": SOURCE_ONLY},
    }


def _gain(found: AdaptedPair, evidence: Evidence) -> dict[str, Any]:
    """Return the gain over not adapting; not applicable where that is delivered, whatever other folds would take."""
    if found.chosen.adapts:
        return gain_record(evidence)
    none = dict.fromkeys(("value", "low", "high", "detectable"))
    reason = "Not applicable, because the labelled rows chose not to adapt: nothing is gained or lost against it."
    return {"metric": evidence.metric, **none, "verdict": "not applicable", "reason": reason}


def _base(found: AdaptedPair) -> Tried:
    return next(one for one in found.tried if one.name == SOURCE_ONLY)


def _delivered(found: AdaptedPair) -> np.ndarray:
    """Return the delivered probabilities for the target rows that are new."""
    return np.asarray(np.mean([one.proba for one in found.tried if one.name in found.chosen.heads], axis=0))


def _source_shares(found: AdaptedPair) -> np.ndarray:
    codes = found.pair.source.dataset.codes(found.pair.source.task)[found.pair.fitted]
    return np.bincount(codes, minlength=len(found.pair.source.task.classes)) / len(codes)


def _shares(classes: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(classes, values, strict=True)}


def _estimate(found: AdaptedPair) -> GainEstimate:
    """Return the estimated gain; exactly none where nothing is changed."""
    if not found.chosen.adapts:
        return GainEstimate(0.0, 0.0, 0.0, 0.0)
    known = found.chosen.is_benchmarked and found.chosen.by == "gate"
    return estimated_gain(_delivered(found), _base(found).proba, BENCHMARK if known else None)


def _distance(found: AdaptedPair) -> str:
    """Say in one sentence how far apart the domains are."""
    distance: DomainDistance = found.distance
    classes = found.pair.source.task.classes
    given, answered = _source_shares(found), _base(found).shares
    place = int(np.argmax(np.abs(answered - given)))
    opening = "far apart" if distance.auc >= APART else "hardly apart" if distance.auc <= ALIKE else "apart"
    return (
        f"The domains are {opening}: a classifier tells target from source with an AUC of {distance.auc:.2f} "
        f"(0.50 if they looked alike), their mean discrepancy (MMD²) is {distance.mmd:.4f} "
        f"(p = {distance.chance:.3f}, permutation test), and the source's own head answers '{classes[place]}' for "
        f"{percent(float(answered[place]))} of the target, where {percent(float(given[place]))} of the source are."
    )


def _estimated(found: AdaptedPair, estimate: GainEstimate) -> str:
    """Say the gain, that it is estimated, and how far such estimates were off."""
    if found.evidence is not None:
        gain = _gain(found, found.evidence)
        if gain["value"] is None:
            return str(gain["reason"])
        return f"The gain over not adapting is measured on labelled rows of the target: {points(gain)}."
    if not found.chosen.adapts:
        return (
            "Nothing was changed, so that nothing is gained or lost against not adapting; "
            "that adapting would not have helped is estimated, not measured."
        )
    said = f"The gain over not adapting is estimated, not measured: {signed(estimate.value)} points"
    if found.chosen.by == "mix":
        said += ", if the class mix is as given"
    if not found.chosen.is_benchmarked:
        return (
            f"{said}. How far such an estimate is off was not looked at for {found.chosen.name}; "
            "with 50 or more labelled rows of the target (--target-labels) the gain is measured."
        )
    if estimate.low is None or estimate.high is None:
        return (
            f"{said}. On the {BENCHMARK.tasks} tasks of the benchmark, given the true "
            f"mix, the gain was {signed(BENCHMARK.mix_mean / 100)} points on average and "
            f"{signed(BENCHMARK.mix_worst / 100)} at worst; a wrong mix can harm."
        )
    return (
        f"{said}. Such estimates were off on the benchmark: in {BENCHMARK.adapted} of its {BENCHMARK.tasks} tasks the "
        f"source's head was changed, and nine times in ten the true gain lay {signed(BENCHMARK.low / 100)} to "
        f"{signed(BENCHMARK.high / 100)} points from the estimate, which makes {signed(estimate.low)} to "
        f"{signed(estimate.high)} points here; {BENCHMARK.harmed} were harmed by more than half a point."
    )


def _basis(found: AdaptedPair) -> list[str]:
    """Return what the choice rests on, a sentence each."""
    classes = found.pair.source.task.classes
    said = [found.chosen.why]
    if found.evidence is not None:
        rows = len(found.evidence.truth)
        said.append(
            f"It was chosen on {rows:,} labelled rows of the target; the numbers are those of choosing on four fifths "
            "of them and answering the last, so that no row is judged by a choice that it took part in."
        )
    if found.pair.labelled is not None and found.pair.labelled.seen:
        said.append(
            f"{found.pair.labelled.seen:,} more were left out, because a source network was trained on them or copies."
        )
    if found.pair.mix is not None:
        told = listed(f"{name} {percent(share)}" for name, share in zip(classes, found.pair.mix.tolist(), strict=True))
        said.append(f"The class mix of the target was given: {told}.")
    return [*said, found.pair.target.sentence()]
