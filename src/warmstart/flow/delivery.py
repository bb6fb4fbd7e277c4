"""Deliver what was chosen: the bundle with the control beside it, then its evidence and its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.adapted import Deliverable
from warmstart.core.card import Ancestor
from warmstart.core.evidence import Evidence
from warmstart.core.feature_reference import FeatureReference
from warmstart.errors import BundleError
from warmstart.flow.ancestry import descendant, lineage_of
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.deliver import BundleFacts, Check, add_evidence, checked_rows, deliver
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.feature_summary import feature_summary
from warmstart.flow.model_card import model_card
from warmstart.flow.precision import Precision, precise, predictor_of
from warmstart.flow.run import versions
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import soften
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.prepare import preparation
from warmstart.training.transferred import Transferred

ENGINES_AGREE = 0.01
DRAFT = "The evidence of this model has not been measured yet.\n"


def deliver_choice(
    bench: Workbench,
    choice: Choice,
    heat: Heat,
    *,
    known: tuple[FeatureReference | None, str] = (None, ""),
    raced: Ready | None = None,
) -> Bundle:
    """Write the bundle of what is delivered, reload it, and compare its answers on a few fitted rows.

    Parameters
    ----------
    heat : the rows that it was fitted on and those that it was chosen on; its lineage has seen both.
    known : where the former lie among the model's features, or why that cannot be said.
    raced : the same candidate before it was refitted, for which the precision is decided on the validation rows that it
        has not seen; without it, it is fp32.
    """
    delivered, beside = choice.delivered, None if choice.delivers_control else choice.control
    fitted, checked = delivered.fitted_on(heat), checked_rows(heat.fitted)
    full = delivered.adapted.deliver(delivered.temperature)
    model, precision = precise(bench, full, fitted, raced=raced, validation=heat.validation)
    facts = _facts(bench, choice, heat.fitted, precision)
    check = _check(bench, delivered, full, checked)
    control = beside.adapted.deliver(beside.temperature) if beside else None
    return deliver(
        bench.tools.run.bundle,
        deliverable=model,
        control=control,
        facts=facts,
        reference={**_reference(bench, fitted), "no_feature_reference": known[1]},
        feature_reference=known[0],
        evidence=None,
        readme=DRAFT,
        check=check if model is full else _in_precision(bench, model, check),
        control_check=_check(bench, beside, control, checked) if beside and control else None,
        decoder=bench.tools.decoder,
        threads=bench.tools.threads,
    )


def seal_evidence(
    bench: Workbench, bundle: Bundle, choice: Choice, evidence: Evidence, result: Mapping[str, Any]
) -> Bundle:
    """Write the evidence and the model card into the delivered bundle, and return it as it is then."""
    card = bench.material.backbone.card if choice.borrowed else None
    readme = model_card(result, card, name=bench.tools.run.folder.resolve().name)
    return add_evidence(bundle, evidence, readme=readme, row_data=bench.tools.config.row_data)


def _facts(bench: Workbench, choice: Choice, seen: np.ndarray, precision: Precision) -> BundleFacts:
    """Return what the bundle says of what is delivered, and of the control beside it."""
    delivered, beside = choice.delivered, None if choice.delivers_control else choice.control
    column, card = bench.material.dataset.inputs[0], bench.material.backbone.card
    return BundleFacts(
        task=bench.material.task,
        card=card if choice.borrowed else None,
        strategy=delivered.trial.part.name,
        cut=str(delivered.trial.setting.get("cut", "")),
        input_name=column.name,
        input_kind=column.kind,
        is_control=choice.delivers_control,
        temperature=delivered.temperature,
        decision_weights=delivered.weights.tolist(),
        control_name=beside.trial.name if beside else "",
        control_temperature=beside.temperature if beside else 1.0,
        control_weights=beside.weights.tolist() if beside else None,
        abstain_below=delivered.abstain_below,
        lineage=_lineage(bench, choice.borrowed, seen),
        precision=precision.used,
        precision_reason=precision.reason,
        versions=versions(),
    )


def _check(bench: Workbench, ready: Ready, made: Deliverable, rows: np.ndarray) -> tuple[list[Any], np.ndarray]:
    """Return cells, and the probabilities that the bundle must give for them: those of the graph before it is saved.

    Raises
    ------
    BundleError : the graph answers otherwise than the network that it was made from.
    """
    tools = bench.tools
    cells = [bench.material.dataset.inputs[0].cells[row] for row in rows]
    found = predictor_of(bench, made).predict(cells, decoder=tools.decoder)
    kept = [cells[place] for place in found.kept]
    prepare = preparation(made.preparation, made.assets)
    own = _own_answers(bench, ready, rows[found.kept], prepare.prepare(kept, tools.decoder).feeds)
    distance = float(np.abs(found.scores - own).max(initial=0.0))
    if not distance <= ENGINES_AGREE:
        raise BundleError(
            f"The graph of '{ready.trial.name}' must answer as the network that it was made from. Its probabilities "
            f"differ by {distance:.2g}, more than {ENGINES_AGREE:g}. Run again with another --source or --strategy."
        )
    return kept, found.scores


def _in_precision(bench: Workbench, model: Deliverable, check: Check) -> Check:
    """Return the check with the probabilities of the graph that is delivered."""
    cells, _ = check
    return cells, predictor_of(bench, model).predict(cells, decoder=bench.tools.decoder).scores


def _own_answers(bench: Workbench, ready: Ready, rows: np.ndarray, feeds: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what the model itself answers, every stage in full precision."""
    if isinstance(ready.adapted, Transferred):
        return soften(ready.adapted.predict_prepared(feeds), ready.temperature)
    return ready.answer(inputs_of(bench, ready), rows)[0]


def _lineage(bench: Workbench, borrowed: bool, seen: np.ndarray) -> tuple[Ancestor, ...]:
    """Return the models that the delivered one comes from, oldest first; the last was fitted or chosen on some rows."""
    dataset, card = bench.material.dataset, bench.material.backbone.card
    hashes = [dataset.hashes[row] for row in seen] if dataset.hashes else []
    name = bench.tools.run.folder.resolve().name
    return lineage_of(card, name, hashes) if borrowed else (descendant(name, "", hashes),)


def _reference(bench: Workbench, fitted: np.ndarray) -> dict[str, Any]:
    """Return a summary of the training features of the last stage."""
    material = bench.material
    last = material.backbone.stages[-1].name
    return feature_summary(material.representation, last, fitted, material.codes[fitted], material.task.classes)
