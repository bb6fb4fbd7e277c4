"""Write the bundle, read it again, and keep it only if it answers as the model did that was evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.adapted import Deliverable
from warmstart.core.card import Ancestor, Card
from warmstart.core.dataset import ColumnKind
from warmstart.core.evidence import Evidence
from warmstart.core.feature_reference import FeatureReference
from warmstart.core.task import Task
from warmstart.errors import BundleError
from warmstart.flow.packed import json_bytes, tensor_bytes, write_files
from warmstart.runtime import bundle as layout
from warmstart.runtime import rows_seen
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.evidence_file import pack
from warmstart.runtime.sealed_folder import seal
from warmstart.store.atomic import new_folder

TOLERANCE = 1e-4
CONTROL_BYTES = 10_000_000
NOT_IN_MANIFEST = ("schema", "files", "sha256")
CHECKED_ROWS = 16

Check = tuple[Sequence[Any], np.ndarray]


@dataclass(frozen=True)
class BundleFacts:
    """What the bundle says of itself beside the model.

    Parameters
    ----------
    task, card, strategy, cut : what was adapted to what, and how; a control may have no card.
    is_control : whether what is delivered is a control.
    input_name, input_kind : the input column it was fitted on.
    temperature : by what the graph's logits are softened.
    decision_weights : (classes,), fitted on validation; None means ones.
    control_name : what the control beside it is called.
    control_temperature, control_weights : as of the model.
    abstain_below : the probability below which `predict --abstain` gives no answer; 0 where there is none.
    lineage : the models it comes from, oldest first, with the hashes of the rows that each saw here.
    versions : of the libraries that made it.
    precision, precision_reason : "fp32" or "int8", what the graph computes in, and the sentence that says why.
    """

    task: Task
    card: Card | None
    strategy: str
    cut: str
    input_name: str
    input_kind: ColumnKind
    is_control: bool = False
    temperature: float = 1.0
    decision_weights: Sequence[float] | None = None
    control_name: str = ""
    control_temperature: float = 1.0
    control_weights: Sequence[float] | None = None
    abstain_below: float = 0.0
    lineage: tuple[Ancestor, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    precision: str = "fp32"
    precision_reason: str = ""


def deliver(
    path: Path,
    *,
    deliverable: Deliverable,
    control: Deliverable | None,
    facts: BundleFacts,
    reference: Mapping[str, Any],
    evidence: Evidence | None,
    readme: str,
    feature_reference: FeatureReference | None = None,
    row_data: bool = True,
    check: Check | None = None,
    control_check: Check | None = None,
    decoder: Decoder | None = None,
    threads: int | None = None,
) -> Bundle:
    """Write a bundle folder whole or not at all, and return it as it is read back.

    Parameters
    ----------
    path : the bundle's folder; an earlier bundle there is replaced once the new one has proved right.
    deliverable : the model; its probabilities are calibrated already.
    control : the best control; it travels along up to 10 MB, else the manifest says why not.
    reference : a summary of the training features, plain values.
    feature_reference : where the training rows lie among the model's features; None where that does not apply.
    evidence : written where it is there; `add_evidence` adds it later.
    readme : the model card, Markdown.
    row_data : whether row ids and per-row arrays of the evidence are written.
    check : cells, and the probabilities (cells, classes) that the bundle must give for them.
    control_check : the same for the control beside it.

    Raises
    ------
    BundleError : the bundle read back answers differently; it is not kept.
    """
    kept, why = _fits(control)
    files = {
        **_model_files(
            deliverable,
            "",
            {**_labels(facts, facts.temperature, facts.decision_weights), "abstain_below": float(facts.abstain_below)},
        ),
        **_training_files(deliverable),
        layout.REFERENCE: json_bytes(reference),
        **_feature_reference(feature_reference),
        layout.README: readme.encode("utf-8"),
        rows_seen.FILE: rows_seen.pack(facts.lineage),
        **(pack(evidence, row_data=row_data) if evidence is not None else {}),
    }
    if kept and control is not None:
        files |= _model_files(control, layout.CONTROL, _labels(facts, facts.control_temperature, facts.control_weights))
    manifest = {**_manifest(facts), "control": {"kept": kept, "why": why, "name": facts.control_name}}
    checks = {"bundle": check, "control": control_check}
    return _write(path, files, manifest, checks=checks, decoder=decoder, threads=threads)


def add_evidence(
    bundle: Bundle, evidence: Evidence, *, readme: str | None = None, row_data: bool = True, check: Check | None = None
) -> Bundle:
    """Write the bundle again with its evidence, measured with the bundle itself, and return it.

    Parameters
    ----------
    readme : the model card with what was measured; as it was where None.
    row_data : whether row ids and per-row arrays are written.
    """
    files = bundle.folder.under("") | pack(evidence, row_data=row_data)
    if readme is not None:
        files[layout.README] = readme.encode("utf-8")
    manifest = {key: value for key, value in bundle.manifest.items() if key not in NOT_IN_MANIFEST}
    return _write(bundle.path, files, manifest, checks={"bundle": check})


def deliver_changed(
    bundle: Bundle,
    path: Path,
    changed: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    *,
    check: Check,
    decoder: Decoder | None = None,
    threads: int | None = None,
) -> Bundle:
    """Write an earlier bundle anew elsewhere, without its control, and return it as it is read back.

    Parameters
    ----------
    changed : the content of every file that is not as it was.
    manifest : what the manifest says otherwise.
    check : cells, and the probabilities (cells, classes) that the new bundle must give for them.

    Raises
    ------
    BundleError : the bundle read back answers differently; it is not kept.
    """
    files = {name: data for name, data in bundle.folder.under("").items() if not name.startswith(layout.CONTROL)}
    said = {key: value for key, value in bundle.manifest.items() if key not in NOT_IN_MANIFEST}
    told = {**said, **manifest, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    return _write(path, {**files, **changed}, told, checks={"bundle": check}, decoder=decoder, threads=threads)


def checked_rows(rows: np.ndarray) -> np.ndarray:
    """Return a few of the row numbers, evenly spread, on which a saved bundle is compared."""
    return rows[:: -(-len(rows) // CHECKED_ROWS)]


def _write(
    path: Path,
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    *,
    checks: Mapping[str, Check | None],
    decoder: Decoder | None = None,
    threads: int | None = None,
) -> Bundle:
    """Fill a temporary folder, manifest last; read it back; only then let it take its place.

    What is returned is what was read back, with the graph that it has loaded, and where it lies now.
    """
    with new_folder(path) as folder:
        write_files(folder, files)
        seal(folder, manifest)
        made = Bundle.open(folder)
        beside = made.control()
        _prove(made, checks.get("bundle"), decoder, threads)
        if beside is not None:
            _prove(beside, checks.get("control"), decoder, threads)
    return replace(made, folder=replace(made.folder, path=path))


def _prove(bundle: Bundle, check: Check | None, decoder: Decoder | None, threads: int | None) -> None:
    """Compare what the bundle answers with what it should."""
    if check is None:
        bundle.predictor(threads).load()
        return
    cells, expected = check
    found = bundle.predict(cells, decoder=decoder, threads=threads)
    if found.failed:
        row, reason = next(iter(found.failed.items()))
        raise BundleError(
            f"The saved bundle could not read input {row} of those it was checked on: it {reason}. "
            "It was not kept. Check that the input files are still there, and run again."
        )
    distance = float(np.abs(found.proba - expected).max(initial=0.0)) if found.proba.shape == expected.shape else np.inf
    if not distance <= TOLERANCE:
        raise BundleError(
            "The saved bundle must give the probabilities that were evaluated. "
            f"They differ by {distance:.2g}, more than {TOLERANCE:g}. It was not kept. Run again with another strategy."
        )


def _fits(control: Deliverable | None) -> tuple[bool, str]:
    """Return whether the control travels along, and the sentence that says why not."""
    if control is None:
        return False, "There is no control beside what is delivered."
    size = len(control.graph) + sum(len(data) for data in control.assets.values())
    if size > CONTROL_BYTES:
        return False, f"The best control takes {size / 1e6:.1f} MB, and at most {CONTROL_BYTES / 1e6:.0f} MB travel."
    return True, ""


def _model_files(model: Deliverable, prefix: str, labels: Mapping[str, Any]) -> dict[str, bytes]:
    """Return what predicting needs, by path."""
    return {
        prefix + layout.GRAPH: model.graph,
        prefix + layout.PREPARATION: json_bytes(model.preparation),
        prefix + layout.LABELS: json_bytes(labels),
        **{prefix + layout.ASSETS + name: data for name, data in sorted(model.assets.items())},
    }


def _training_files(model: Deliverable) -> dict[str, bytes]:
    """Return what going on training needs, by path; equal weights give equal bytes."""
    return {layout.WEIGHTS: tensor_bytes(model.tensors), layout.CONFIG: json_bytes(model.config)}


def _feature_reference(known: FeatureReference | None) -> dict[str, bytes]:
    from safetensors.numpy import save

    return {} if known is None else {layout.FEATURE_REFERENCE: save(known.tensors())}


def _labels(facts: BundleFacts, temperature: float, weights: Sequence[float] | None) -> dict[str, Any]:
    chosen = [1.0] * len(facts.task.classes) if weights is None else [float(weight) for weight in weights]
    return {
        "classes": list(facts.task.classes),
        "decision_weights": chosen,
        "temperature": float(temperature),
    }


def _manifest(facts: BundleFacts) -> dict[str, Any]:
    """Return what the manifest says beside its list of files."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": dict(facts.versions),
        "task": asdict(facts.task),
        "input": {"column": facts.input_name, "kind": facts.input_kind},
        "source": None if facts.card is None else facts.card.to_json(),
        "lineage": [step.to_json() for step in facts.lineage],
        "strategy": facts.strategy,
        "cut": facts.cut,
        "is_control": facts.is_control,
        "precision": facts.precision,
        "precision_reason": facts.precision_reason,
    }
