"""Deliver what was adapted: the bundle, the answers for the target, and the result."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.card import Ancestor
from warmstart.flow.adapt.pair import AdaptedPair
from warmstart.flow.adapt.result import describe_adapted
from warmstart.flow.ancestry import lineage_of
from warmstart.flow.deliver import BundleFacts, Check, checked_rows, deliver
from warmstart.flow.feature_summary import feature_summary
from warmstart.flow.model_card import model_card
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.run import versions
from warmstart.flow.workbench import Tools
from warmstart.runtime.answers import Answers, as_csv
from warmstart.store import atomic
from warmstart.training.transferred import Transferred

ANSWERS_FILE = "target.csv"
PRECISION = "fp32"
WHY_NO_NOVELTY = "it is not measured for a model that was adapted to inputs without labels."
WHY_FP32 = "Without labels of the target nothing shows what fewer bits would lose."


def deliver_adapted(tools: Tools, found: AdaptedPair) -> dict[str, Any]:
    """Write the bundle, reload and compare it, write the answers for the target, and return the result."""
    model, every = found.model(), np.arange(len(found.pair.target.dataset))
    with tools.watch.measure("deliver"):
        proba = model.predict_proba(found.seen.target, every)
        atomic.write_text(tools.run.folder / ANSWERS_FILE, _answers(found, proba))
    result = describe_adapted(tools, found, proba)
    with tools.watch.measure("deliver"):
        _bundle(tools, found, model, proba, result)
    seconds = {name: round(value, 2) for name, value in tools.watch.seconds.items()}
    return {**result, "seconds": {**seconds, "total": round(tools.run.elapsed(), 2)}, "peak_rss_mb": peak_rss_mb()}


def _bundle(tools: Tools, found: AdaptedPair, model: Transferred, proba: np.ndarray, result: dict[str, Any]) -> None:
    """Write the bundle, and keep it only if it answers for a few target inputs as was computed."""
    backbone, dataset = found.seen.backbone, found.pair.target.dataset
    facts = BundleFacts(
        task=found.pair.source.task,
        card=backbone.card,
        strategy=found.chosen.name,
        cut=backbone.stages[-1].name,
        input_name=dataset.inputs[0].name,
        input_kind=dataset.inputs[0].kind,
        lineage=_lineage(tools, found),
        precision=PRECISION,
        precision_reason=WHY_FP32,
        versions=versions(),
    )
    deliver(
        tools.run.bundle,
        deliverable=model.deliver(),
        control=None,
        facts=facts,
        reference=_reference(found, proba),
        evidence=found.evidence,
        readme=model_card(result, backbone.card, name=tools.run.folder.resolve().name),
        row_data=tools.config.row_data,
        check=_check(found, proba),
        decoder=tools.decoder,
        threads=tools.threads,
    )


def _check(found: AdaptedPair, proba: np.ndarray) -> Check:
    """Return a few target inputs, and the probabilities that the bundle must give for them."""
    cells = found.pair.target.dataset.inputs[0].cells
    rows = checked_rows(np.arange(len(cells)))
    return [cells[row] for row in rows], proba[rows]


def _lineage(tools: Tools, found: AdaptedPair) -> tuple[Ancestor, ...]:
    """Return the models it comes from, oldest first; the last saw the labelled rows and the target's inputs."""
    card, pair = found.seen.backbone.card, found.pair
    source, target = pair.source.dataset.hashes or (), pair.target.dataset.hashes or ()
    labelled = () if pair.labelled is None else pair.labelled.dataset.hashes or ()
    hashes = tuple(dict.fromkeys([*(source[row] for row in pair.fitted), *target, *labelled]))
    return lineage_of(card, tools.run.folder.resolve().name, hashes)


def _reference(found: AdaptedPair, proba: np.ndarray) -> dict[str, Any]:
    """Return a summary of the target's features: what new inputs will be compared with; rows by answered class."""
    last, rows = found.seen.backbone.stages[-1].name, np.arange(len(proba))
    summary = feature_summary(found.seen.target, last, rows, proba.argmax(axis=1), found.pair.source.task.classes)
    return {**summary, "no_feature_reference": WHY_NO_NOVELTY}


def _answers(found: AdaptedPair, proba: np.ndarray) -> str:
    """Return the answers for every target input as `predict` writes them; those that could not be read come last."""
    dataset, classes = found.pair.target.dataset, found.pair.source.task.classes
    rows, unread = len(proba), len(dataset.skipped)
    told = np.concatenate([proba, np.full((unread, len(classes)), np.nan)])
    return as_csv(
        Answers(
            names=[*dataset.ids, *(row.id for row in dataset.skipped)],
            classes=classes,
            proba=told,
            codes=np.concatenate([proba.argmax(axis=1), np.full(unread, -1)]),
            failed={rows + place: row.reason for place, row in enumerate(dataset.skipped)},
            p_values=np.full(rows + unread, np.nan),
        )
    )
