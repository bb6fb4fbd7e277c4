"""Measure on the sealed rows: the delivered bundle from the files, the named candidate, and every control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.decision import decide
from warmstart.core.evidence import (
    CurvePoint,
    Evaluation,
    Evidence,
    Forgetting,
    Licence,
    Novelty,
    OutOfFold,
    Predictions,
    Repeated,
    Validation,
)
from warmstart.errors import StoreError
from warmstart.flow.ancestry import licences_of
from warmstart.flow.choose import Ready
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import soften
from warmstart.learning.clustered import dependent
from warmstart.runtime.bundle import Bundle

DELIVERED, CANDIDATE, CONTROL = "delivered", "candidate", "control"


def predicted_by_bundle(bench: Workbench, bundle: Bundle, rows: np.ndarray) -> tuple[Predictions, Novelty]:
    """Return what the delivered bundle answers for rows, read from where the user's data is, and how unlike they are.

    Raises
    ------
    StoreError : an input can no longer be read.
    """
    cells = [bench.material.dataset.inputs[0].cells[row] for row in rows]
    tools = bench.tools
    found = bundle.predict(cells, decoder=tools.decoder, threads=tools.threads, progress=tools.progress, columns=True)
    if found.failed:
        place, reason = next(iter(found.failed.items()))
        raise StoreError(
            f"'{bench.material.dataset.ids[rows[place]]}' could be read when the data was loaded, and now it {reason}. "
            "Leave the data as it is while this runs, and run the command again."
        )
    return Predictions(found.proba.astype(np.float64), found.codes), bundle.novelty(found)


def answers(bench: Workbench, ready: Ready, rows: np.ndarray) -> Predictions:
    """Return what a fitted model answers for rows, from the cached representation."""
    return Predictions(*ready.answer(inputs_of(bench, ready), rows))


def inputs_of(bench: Workbench, ready: Ready) -> Any:
    """Return what a model reads: what its control prepared, or the representation."""
    if isinstance(ready.trial.part, Control):
        return bench.prepared[ready.trial.part.name]
    return bench.material.representation


def gather(
    bench: Workbench,
    *,
    evaluation: Evaluation,
    rows: np.ndarray,
    predictions: Mapping[str, Predictions],
    curve: Sequence[CurvePoint],
    labels: int,
    out_of_fold: OutOfFold | None = None,
    forgetting: Forgetting | None = None,
    validation: Validation | None = None,
    abstain_below: np.ndarray | None = None,
    repeated: Repeated | None = None,
    borrowed: bool = True,
    novelty: Novelty | None = None,
) -> Evidence:
    """Return the evidence of a run; `borrowed` says whether the delivered model is made from the source."""
    dataset, other = bench.material.dataset, bench.plan.other_source
    compared = (other.name,) if other.name in predictions else ()
    return Evidence(
        task=bench.material.task,
        metric=bench.metric,
        evaluation=evaluation,
        ids=tuple(dataset.ids[row] for row in rows),
        truth=bench.material.codes[rows],
        chosen=DELIVERED,
        candidate=CANDIDATE,
        control=CONTROL,
        predictions=predictions,
        groups=dependent(bench.rows.together[rows], named=dataset.groups is not None),
        attributes={name: np.asarray(values)[rows] for name, values in dataset.attributes.items()},
        curve=tuple(curve),
        labels=labels,
        data=bench.facts,
        seconds=dict(bench.tools.watch.seconds),
        hashes=tuple(dataset.hashes[row] for row in rows) if dataset.hashes else (),
        out_of_fold=out_of_fold,
        forgetting=forgetting,
        validation=validation,
        abstain_below=abstain_below,
        repeated=repeated,
        licences=licences(bench, borrowed),
        other_sources=compared,
        not_compared="" if compared or not dataset.attributes else other.reason or "the budget was spent before",
        novelty=novelty,
    )


def licences(bench: Workbench, borrowed: bool) -> tuple[Licence, ...]:
    """Return the licences of the source and its ancestors where it is borrowed from, and of the data where known."""
    return licences_of(bench.material.backbone.card if borrowed else None, bench.material.dataset.licence)


def validated(bench: Workbench, rows: np.ndarray, ready: Ready) -> Validation | None:
    """Return what a model that was named on validation rows answered on them."""
    if ready.trial.proba is None:
        return None
    proba = soften(ready.trial.proba, ready.temperature)
    answered = Predictions(proba, decide(proba, ready.weights))
    return Validation(bench.material.codes[rows], answered, ready.temperature)


def out_of_fold(parts: Sequence[tuple[np.ndarray, Predictions]], rows: np.ndarray, classes: int) -> Predictions:
    """Return the answers of the outer folds, put together in the order of `rows`.

    Parameters
    ----------
    parts : row numbers tested in a fold, and the answers for them.
    rows : the row numbers of all folds together, ascending.
    """
    proba = np.zeros((len(rows), classes))
    codes = np.zeros(len(rows), dtype=np.int64)
    for tested, found in parts:
        places = np.searchsorted(rows, tested)
        proba[places], codes[places] = found.proba, found.codes
    return Predictions(proba, codes)
