"""Evidence on disk: what is plain in JSON; arrays, and strings of which there is one a row, in safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.evidence import (
    CurvePoint,
    DataFacts,
    Evidence,
    Forgetting,
    FrontierPoint,
    Licence,
    Measured,
    Novelty,
    OutOfFold,
    Predictions,
    Repeated,
    Retention,
    Shortcut,
    Validation,
)
from warmstart.core.note import Note
from warmstart.core.task import Task
from warmstart.errors import BundleError, StoreError
from warmstart.runtime.string_arrays import put_strings, strings_of
from warmstart.store import strict_json
from warmstart.store.atomic import write_bytes

SCHEMA = "warmstart.evidence/1"
PLAIN, ARRAYS = "evidence.json", "evidence.safetensors"
ROW_FACTS = ("exact", "near", "conflicts", "skipped", "across", "overlap")
SINGLE = ("overlap",)
"""Those that are ids; the others are pairs of strings."""
REPEATED_ARRAYS = ("places", "fitted_with", "fitted_without")
LEFT_OUT = "Row ids and per-row arrays were left out on request (row data is not part of this bundle)."


def save_evidence(folder: Path, evidence: Evidence, *, row_data: bool = True) -> None:
    """Write evidence.json and evidence.safetensors into a folder.

    Parameters
    ----------
    row_data : whether ids and per-row arrays are written; evidence.json says so if they are not.
    """
    for name, data in pack(evidence, row_data=row_data).items():
        write_bytes(folder / name, data)


def load_evidence(folder: Path) -> Evidence:
    """Read the evidence that `save_evidence` wrote.

    Raises
    ------
    BundleError : a file is missing, damaged, or of a newer version.
    """
    try:
        return unpack((folder / PLAIN).read_bytes(), (folder / ARRAYS).read_bytes())
    except FileNotFoundError as error:
        raise BundleError(f"There is no evidence in '{folder}': '{error.filename}' is missing. Fit again.") from None


def pack(evidence: Evidence, *, row_data: bool = True) -> dict[str, bytes]:
    """Return the two files' contents by name; equal evidence gives equal bytes."""
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {}
    plain = _plain(evidence if row_data else without_rows(evidence), arrays)
    plain["row_data"] = row_data
    if not row_data:
        plain["left_out"] = {"why": LEFT_OUT, "rows": len(evidence.ids), **_fact_counts(evidence.data)}
    text = strict_json.dumps(plain, indent=1) + "\n"
    return {PLAIN: text.encode("utf-8"), ARRAYS: save({name: arrays[name] for name in sorted(arrays)})}


def unpack(plain: bytes, arrays: bytes) -> Evidence:
    """Build the evidence from the two files' contents.

    Raises
    ------
    BundleError : not what `pack` gives.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        data = strict_json.loads(plain, name=PLAIN)
        if data.get("schema") != SCHEMA:
            raise BundleError(f"Evidence must be of {SCHEMA}. Got {data.get('schema')}. Update warmstart.")
        return _build(data, load(arrays))
    except (StoreError, SafetensorError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BundleError(f"The evidence is damaged ({error}). Restore the bundle from a copy, or fit again.") from None


def without_rows(evidence: Evidence) -> Evidence:
    """Return the evidence with no ids and no rows: what remains is about the whole."""
    none = {name: Predictions(answers.proba[:0], answers.codes[:0]) for name, answers in evidence.predictions.items()}
    return replace(
        evidence,
        ids=(),
        hashes=(),
        truth=evidence.truth[:0],
        predictions=none,
        groups=None,
        attributes={},
        curve=(),
        out_of_fold=None,
        validation=None,
        abstain_below=None,
        repeated=None,
        novelty=None,
        data=replace(evidence.data, exact=(), near=(), conflicts=(), skipped=(), across=(), overlap=()),
    )


def _fact_counts(facts: DataFacts) -> dict[str, int]:
    return {name: len(getattr(facts, name)) for name in ROW_FACTS}


def _plain(evidence: Evidence, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the plain part; arrays go into `arrays` under the names that it mentions."""
    _put(arrays, "truth", evidence.truth)
    for place, answers in enumerate(evidence.predictions.values()):
        _put(arrays, f"predictions.{place}.proba", answers.proba)
        _put(arrays, f"predictions.{place}.codes", answers.codes)
    for place, point in enumerate(evidence.curve):
        _put(arrays, f"curve.{place}.codes", point.codes)
    put_strings(arrays, "ids", evidence.ids)
    put_strings(arrays, "hashes", evidence.hashes)
    if evidence.abstain_below is not None:
        _put(arrays, "abstain_below", evidence.abstain_below)
    return {
        "schema": SCHEMA,
        "task": asdict(evidence.task),
        "metric": evidence.metric,
        "evaluation": evidence.evaluation,
        "chosen": evidence.chosen,
        "candidate": evidence.candidate,
        "control": evidence.control,
        "models": list(evidence.predictions),
        "labels": evidence.labels,
        "groups": None if evidence.groups is None else _coded("groups", evidence.groups, arrays),
        "attributes": [
            {"name": name, **_coded(f"attributes.{place}", values, arrays)}
            for place, (name, values) in enumerate(evidence.attributes.items())
        ],
        "curve": [
            {"model": point.model, "labels": int(point.labels), "stand_in": point.stand_in, "share": point.share}
            for point in evidence.curve
        ],
        "data": _facts_plain(evidence.data, arrays),
        "out_of_fold": _checked_labels(evidence.out_of_fold, arrays),
        "forgetting": None if evidence.forgetting is None else asdict(evidence.forgetting),
        "seconds": {name: float(value) for name, value in evidence.seconds.items()},
        "other_sources": list(evidence.other_sources),
        "not_compared": evidence.not_compared,
        "no_control": evidence.no_control,
        "validation": _validation_plain(evidence.validation, arrays),
        "repeated": _repeated_plain(evidence.repeated, arrays),
        "licences": [asdict(one) for one in evidence.licences],
        "novelty": _novelty_plain(evidence.novelty, arrays),
    }


def _repeated_plain(repeated: Repeated | None, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    if repeated is None:
        return None
    for name in REPEATED_ARRAYS:
        _put(arrays, f"repeated.{name}", getattr(repeated, name))
    return {"copies": repeated.copies}


def _repeated(plain: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> Repeated | None:
    if plain is None:
        return None
    return Repeated(copies=plain["copies"], **{name: arrays[f"repeated.{name}"] for name in REPEATED_ARRAYS})


def _novelty_plain(novelty: Novelty | None, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    if novelty is None:
        return None
    _put(arrays, "novelty.p_values", novelty.p_values)
    if novelty.columns is not None:
        _put(arrays, "novelty.columns", novelty.columns.astype(np.float32))
    return {"reason": novelty.reason, "distances": int(novelty.distances)}


def _validation_plain(validation: Validation | None, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    if validation is None:
        return None
    _put(arrays, "validation.truth", validation.truth)
    _put(arrays, "validation.proba", validation.answered.proba)
    _put(arrays, "validation.codes", validation.answered.codes)
    return {"temperature": float(validation.temperature)}


def _validation(plain: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> Validation | None:
    if plain is None:
        return None
    answered = Predictions(arrays["validation.proba"], arrays["validation.codes"])
    return Validation(arrays["validation.truth"], answered, float(plain["temperature"]))


def _novelty(plain: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> Novelty | None:
    if plain is None:
        return None
    distances = int(plain.get("distances", 0))
    return Novelty(arrays["novelty.p_values"], str(plain["reason"]), arrays.get("novelty.columns"), distances)


def _put(arrays: dict[str, np.ndarray], name: str, values: np.ndarray) -> None:
    arrays[name] = np.ascontiguousarray(values)


def _coded(name: str, values: np.ndarray, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Keep numbers as they are; keep names once each, and a code a row."""
    values = np.asarray(values)
    if values.dtype.kind in "biuf":
        _put(arrays, name, values)
        return {"values": None}
    names, codes = np.unique(values.astype(str), return_inverse=True)
    _put(arrays, name, codes.astype(np.int32))
    return {"values": names.tolist()}


def _decoded(name: str, coded: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    return arrays[name] if coded["values"] is None else np.array(coded["values"], dtype=str)[arrays[name]]


def _build(data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Evidence:
    task = {**data["task"], "classes": tuple(data["task"]["classes"])}
    return Evidence(
        task=Task(**task),
        metric=data["metric"],
        evaluation=data["evaluation"],
        ids=strings_of(arrays, "ids"),
        truth=arrays["truth"],
        chosen=data["chosen"],
        candidate=data["candidate"],
        control=data["control"],
        predictions={
            name: Predictions(arrays[f"predictions.{place}.proba"], arrays[f"predictions.{place}.codes"])
            for place, name in enumerate(data["models"])
        },
        groups=None if data["groups"] is None else _decoded("groups", data["groups"], arrays),
        attributes={
            item["name"]: _decoded(f"attributes.{place}", item, arrays) for place, item in enumerate(data["attributes"])
        },
        curve=tuple(
            CurvePoint(
                point["model"], point["labels"], arrays[f"curve.{place}.codes"], point["stand_in"], point.get("share")
            )
            for place, point in enumerate(data["curve"])
        ),
        labels=data["labels"],
        data=_facts(data["data"], arrays),
        seconds=data["seconds"],
        hashes=strings_of(arrays, "hashes"),
        out_of_fold=_labels_checked(data["out_of_fold"], arrays),
        forgetting=_forgetting(data["forgetting"]),
        other_sources=tuple(data["other_sources"]),
        not_compared=data["not_compared"],
        no_control=data.get("no_control", ""),
        validation=_validation(data["validation"], arrays),
        abstain_below=arrays.get("abstain_below"),
        repeated=_repeated(data["repeated"], arrays),
        licences=tuple(Licence(**one) for one in data["licences"]),
        novelty=_novelty(data["novelty"], arrays),
    )


def _forgetting(data: Mapping[str, Any] | None) -> Forgetting | None:
    """Build what is left of the source."""
    if data is None:
        return None
    retained = tuple(_retention(item) for item in data["retained"])
    frontier = tuple(
        FrontierPoint(point["share"], Measured(**point["metric"]), Measured(**point["retention"]))
        for point in data["frontier"]
    )
    return Forgetting(**{**data, "retained": retained, "frontier": frontier})


def _retention(data: Mapping[str, Any]) -> Retention:
    accuracy = data["accuracy"]
    before_after_change = None if accuracy is None else tuple(Measured(**one) for one in accuracy)
    return Retention(
        **{
            **data,
            "agreement": None if data["agreement"] is None else Measured(**data["agreement"]),
            "neighbours": Measured(**data["neighbours"]),
            "accuracy": before_after_change,
        }
    )


def _checked_labels(checked: OutOfFold | None, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """Return the plain part of what was answered out of fold."""
    if checked is None:
        return None
    _put(arrays, "out_of_fold.given", checked.given)
    _put(arrays, "out_of_fold.proba", checked.proba.astype(np.float32))
    put_strings(arrays, "out_of_fold.ids", checked.ids)
    return {"parts": _coded("out_of_fold.parts", np.array(checked.parts), arrays)}


def _labels_checked(data: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> OutOfFold | None:
    """Build what was answered out of fold."""
    if data is None:
        return None
    parts = tuple(_decoded("out_of_fold.parts", data["parts"], arrays).tolist())
    ids = strings_of(arrays, "out_of_fold.ids")
    return OutOfFold(ids, parts, arrays["out_of_fold.given"], arrays["out_of_fold.proba"])


def _facts_plain(facts: DataFacts, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the plain part of what loading found; the rows that it names go into the arrays."""
    none: dict[str, Any] = dict.fromkeys(ROW_FACTS, ())
    for name in ROW_FACTS:
        rows = getattr(facts, name)
        put_strings(arrays, f"data.{name}", rows if name in SINGLE else [part for row in rows for part in row])
    return {name: value for name, value in asdict(replace(facts, **none)).items() if name not in ROW_FACTS}


def _facts(data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> DataFacts:
    """Build the data facts, their rows as tuples again."""
    fields = dict(data)
    for name in ROW_FACTS:
        flat = strings_of(arrays, f"data.{name}")
        fields[name] = flat if name in SINGLE else tuple(zip(flat[::2], flat[1::2], strict=True))
    fields["notes"] = tuple(Note(**item) for item in fields["notes"])
    if fields["shortcuts"] is not None:
        fields["shortcuts"] = tuple(
            Shortcut(**{**item, "tells": Measured(**item["tells"])}) for item in fields["shortcuts"]
        )
    return DataFacts(**fields)
