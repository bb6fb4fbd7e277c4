"""Update a bundle with new rows and new classes: the head grows, the network stays, the old classes are measured."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.card import Ancestor
from warmstart.core.feature_reference import FeatureReference
from warmstart.core.progress import Progress, silent
from warmstart.core.wording import points
from warmstart.errors import BundleError, DataError, OptionError
from warmstart.flow.ancestry import descendant
from warmstart.flow.config import asked, said
from warmstart.flow.deliver import checked_rows, deliver_changed
from warmstart.flow.model_card import model_card
from warmstart.flow.next_commands import with_bundle
from warmstart.flow.packed import json_bytes, tensor_bytes
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.run import versions
from warmstart.flow.update.evidence import OldClasses, Seen, evidence_of, old_classes
from warmstart.flow.update.folder import held, refuse_taken
from warmstart.flow.update.new_rows import NewRows, new_rows
from warmstart.flow.update.result import described
from warmstart.learning.feature_space import compared_with
from warmstart.learning.grown_head import GrownHead, Moments, decision_weights, grow, moved
from warmstart.learning.splitting import folds
from warmstart.readers._base import ReadOptions
from warmstart.runtime import bundle as layout
from warmstart.runtime import rows_seen
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.cores import available_threads
from warmstart.runtime.decode import Decoder
from warmstart.runtime.evidence_file import pack
from warmstart.store import strict_json
from warmstart.store.cache import Cache

FOLDS = 5
HEAD = "head."


@dataclass(frozen=True)
class Terms:
    """What an update may do.

    Parameters
    ----------
    test_size : share of the new rows that is held back to test on.
    most_forgotten : what the old classes may lose in accuracy, as a share.
    force : keep the update also where they lose more.
    row_data : whether the new bundle carries per-row evidence.
    """

    test_size: float = 0.2
    most_forgotten: float = 0.01
    force: bool = False
    row_data: bool = True
    seed: int = 0

    def check(self) -> Terms:
        """Return the terms themselves.

        Raises
        ------
        OptionError : a share is outside what it may be.
        """
        if not 0 <= self.test_size <= 0.5:
            raise OptionError(f"`test_size` must be from 0 to 0.5, as a share. Got {self.test_size:g}. Try 0.2.")
        if not 0 <= self.most_forgotten <= 1:
            raise OptionError(
                f"`most_forgotten` must be from 0 to 1, as a share. Got {self.most_forgotten:g}. 0.01 is one point."
            )
        return self


def update_bundle(
    bundle: Bundle,
    data: Any,
    options: ReadOptions,
    out: Path,
    terms: Terms,
    *,
    decoder: Decoder,
    threads: int | None = None,
    progress: Progress = silent,
    cache: Cache | None = None,
) -> dict[str, Any]:
    """Write an updated bundle into a run folder and return the result as plain values (result.json).

    Raises
    ------
    OptionError : a share of the terms is outside what it may be.
    RunConflict : the run folder holds something, or another process works in it.
    PathError, DataError : the data cannot be used, or the old classes lose more than they may; nothing is written.
    BundleError : the bundle does not say where its training rows lie among its features.
    """
    start = time.monotonic()
    terms.check()
    refuse_taken(out)
    reference, known = _known(bundle)
    rows = new_rows(
        bundle, data, options,
        test_size=terms.test_size, seed=terms.seed, decoder=decoder, progress=progress, cache=cache,
    )  # fmt: skip
    seen = _seen(bundle, rows, decoder, threads, progress)
    learnt = ~rows.tested
    head = grow(known, seen.white[learnt], rows.codes[learnt], len(rows.task.classes))
    weights = decision_weights(bundle.labels.weights, known.counts, head.counts)
    old = old_classes(bundle, head, weights)
    _refuse_harm(old, terms)
    grown = _grown_reference(reference, known, head, rows, seen)
    evidence = evidence_of(bundle, rows, seen, head, weights, grown)
    result = described(bundle, rows, evidence, old, terms.most_forgotten, forced=terms.force)
    lineage = _lineage(bundle, rows, out.resolve().name)
    changed = {
        rows_seen.FILE: rows_seen.pack(lineage),
        layout.GRAPH: _graph(bundle, reference, head),
        layout.LABELS: json_bytes(_labels(bundle, rows, weights)),
        layout.REFERENCE: json_bytes(_reference(bundle, rows, head)),
        layout.FEATURE_REFERENCE: tensor_bytes(grown.tensors()),
        layout.WEIGHTS: tensor_bytes({name: v for name, v in bundle.weights().items() if not name.startswith(HEAD)}),
        layout.README: model_card(result, bundle.card, name=out.resolve().name).encode("utf-8"),
        **pack(evidence, row_data=terms.row_data),
    }
    with held(out):
        made = deliver_changed(
            bundle, out / "bundle", changed, _manifest(bundle, rows, lineage),
            check=_check(rows, seen, head), decoder=decoder, threads=threads,
        )  # fmt: skip
        result["bundle"] = {**result["bundle"], "path": str(made.path)}
        result |= {
            "next": with_bundle(out, rows.task.modality),
            "config": {"bundle": str(bundle.path), "data": said(data), **asdict(terms), "options": asked(options)},
            "seed": terms.seed,
            "threads": threads or available_threads(),
            "seconds": {"total": round(time.monotonic() - start, 2)},
            "peak_rss_mb": peak_rss_mb(),
        }
        strict_json.save(out / "result.json", result)
    return result


def _known(bundle: Bundle) -> tuple[FeatureReference, Moments]:
    """Return what the bundle stores of its classes.

    Raises
    ------
    BundleError : it stores nothing of them, or not of all.
    """
    reference, counts = bundle.feature_reference, bundle.reference.get("classes") or {}
    if reference is None:
        raise BundleError(
            "To be updated, a bundle must store where its classes lie among its features. "
            f"'{bundle.path}' does not: {bundle.no_feature_reference} Fit on old and new rows together."
        )
    rows = np.array([int(counts.get(name, 0)) for name in bundle.task.classes])
    if len(reference.means) != len(rows) or not rows.all():
        raise BundleError(
            f"To be updated, a bundle must know rows of each of its classes. '{bundle.path}' does not. "
            "Fit on old and new rows together."
        )
    white = np.eye(reference.means.shape[1])
    covariance = white if reference.covariance is None else reference.covariance.astype(np.float64)
    return reference, Moments(reference.means.astype(np.float64), rows, covariance)


def _seen(bundle: Bundle, rows: NewRows, decoder: Decoder, threads: int | None, progress: Progress) -> Seen:
    """Return what the bundle answers for the new rows and sees in them.

    Raises
    ------
    DataError : an input can no longer be read.
    """
    cells = rows.dataset.inputs[0].cells
    found = bundle.predict(cells, decoder=decoder, threads=threads, progress=progress, columns=True)
    if found.failed:
        place, reason = next(iter(found.failed.items()))
        raise DataError(
            f"'{rows.dataset.ids[place]}' could be read a moment ago, and now it {reason}. Run the command again."
        )
    return Seen(found.proba.astype(np.float64), np.asarray(found.columns, dtype=np.float64))


def _refuse_harm(old: OldClasses, terms: Terms) -> None:
    """Refuse an update that costs the old classes more than it may.

    Raises
    ------
    DataError : it does.
    """
    if old.change is None or terms.force or -old.change.value <= terms.most_forgotten:
        return
    raise DataError(
        f"On {old.rows:,} test rows of the old classes the update changes the accuracy by "
        f"{points(old.change.to_json())}, and it may take {100 * terms.most_forgotten:g} at most: nothing was written. "
        "Fit on old and new rows together, allow more with --most-forgotten, or keep it with --force."
    )


def _grown_reference(
    reference: FeatureReference, known: Moments, head: GrownHead, rows: NewRows, seen: Seen
) -> FeatureReference:
    """Return the reference with the new moments, and the new rows' distances from the means of rows apart from them.

    Rows of a new class that are of one unit have none: apart from them nothing is known of their class.
    """
    learnt = ~rows.tested
    columns, codes = seen.columns[learnt], rows.codes[learnt]
    fold_of = folds(codes, rows.together[learnt], FOLDS, seed=0)
    distances = [reference.distances]
    for fold in np.unique(fold_of):
        others = fold_of != fold
        apart = moved(known, columns[others, :-1], codes[others], len(head.counts))
        there = apart.counts > 0
        space = dataclasses.replace(reference, means=apart.means[there])
        distances.append(space.distance_of_columns(columns[~others & there[codes]]))
    grown = dataclasses.replace(reference, means=head.moments.means, covariance=head.moments.covariance)
    return FeatureReference(**compared_with(grown, np.concatenate(distances)).tensors())


def _graph(bundle: Bundle, reference: FeatureReference, head: GrownHead) -> bytes:
    from warmstart.training.grown_graph import grown_graph

    return grown_graph(bundle.folder.read(layout.GRAPH), reference, head)


def _check(rows: NewRows, seen: Seen, head: GrownHead) -> tuple[list[Any], np.ndarray]:
    """Return some new cells, and the probabilities that the updated bundle must give for them."""
    some = checked_rows(np.arange(len(rows.codes)))
    cells = [rows.dataset.inputs[0].cells[row] for row in some]
    return cells, head.proba(seen.proba[some], seen.white[some])


def _labels(bundle: Bundle, rows: NewRows, weights: np.ndarray) -> dict[str, Any]:
    """Return labels.json; a threshold to abstain below holds for the classes that it was chosen for."""
    grows = len(rows.task.classes) > len(bundle.task.classes)
    return {
        "classes": list(rows.task.classes),
        "decision_weights": weights.tolist(),
        "temperature": bundle.labels.temperature,
        "abstain_below": 0.0 if grows else bundle.labels.abstain_below,
    }


def _reference(bundle: Bundle, rows: NewRows, head: GrownHead) -> dict[str, Any]:
    """Return reference.json with the new counts."""
    counts = {name: int(count) for name, count in zip(rows.task.classes, head.counts, strict=True)}
    return {**bundle.reference, "rows": int(head.counts.sum()), "classes": counts}


def _lineage(bundle: Bundle, rows: NewRows, name: str) -> tuple[Ancestor, ...]:
    """Return the models that the updated one comes from, oldest first; the last saw the new rows that were learnt."""
    hashes = tuple(key for key, held in zip(rows.dataset.hashes or (), rows.tested, strict=False) if not held)
    licence = bundle.card.licence if bundle.card else ""
    return (*bundle.lineage, descendant(name, licence, hashes))


def _manifest(bundle: Bundle, rows: NewRows, lineage: Sequence[Ancestor]) -> Mapping[str, Any]:
    """Return what the manifest says otherwise than that of the bundle that was updated."""
    return {
        "versions": versions(),
        "task": dataclasses.asdict(rows.task),
        "lineage": [step.to_json() for step in lineage],
        "updated_from": {"name": _name(bundle), "sha256": bundle.manifest["sha256"]},
        "control": {"kept": False, "why": "The control of the bundle that was updated has not seen the new rows."},
    }


def _name(bundle: Bundle) -> str:
    """Return what the run that made the bundle is called."""
    path = bundle.path.resolve()
    return path.parent.name if path.name == "bundle" else path.name
