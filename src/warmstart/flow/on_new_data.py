"""The evidence again: what a bundle and the control that travels in it answer for new labelled rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.progress import Progress, silent
from warmstart.core.task import resolve_metric
from warmstart.errors import DataError, StoreError, listed
from warmstart.flow.ancestry import licences_of
from warmstart.flow.config import asked, check_auditing, is_named, said
from warmstart.flow.load import Loaded, find_reader, load
from warmstart.flow.new_data_result import CONTROL, DELIVERED, SortedRows, described, left_out
from warmstart.flow.next_commands import command, predict
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.shown import shown
from warmstart.flow.split import describe_rows
from warmstart.learning.clustered import dependent
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.bundle_prediction import BundlePrediction
from warmstart.runtime.cores import available_threads
from warmstart.runtime.decode import Decoder
from warmstart.store import strict_json
from warmstart.store.cache import Cache


@dataclass(frozen=True)
class Retest:
    """A bundle's evidence on new rows, the result as plain values (result.json), and the rows to show."""

    evidence: Evidence
    result: dict[str, Any]
    examples: dict[str, Any]


def evaluate_bundle(
    bundle: Bundle,
    data: Path,
    options: ReadOptions,
    *,
    decoder: Decoder,
    with_seen: bool = False,
    threads: int | None = None,
    progress: Progress = silent,
    cache: Cache | None = None,
) -> Retest:
    """Measure a bundle on new labelled data.

    Parameters
    ----------
    with_seen : test the rows too that the bundle, or a model it comes from, was fitted on.

    Raises
    ------
    PathError, DataError : the data cannot be used, or no row of it can be tested.
    MissingExtra : columns are to be audited, and what counts by group is not installed.
    """
    start = time.monotonic()
    check_auditing(data, options)
    named = with_input(bundle, data, options)
    loaded = load(
        data, named, decoder=decoder, progress=progress, modality=bundle.input_kind, cache=cache,
        known=bundle.task.classes,
    )  # fmt: skip
    rows = _sorted_out(bundle, loaded.dataset, with_seen)
    answered = _answered(bundle, loaded.dataset, rows.tested, decoder, threads, progress)
    evidence = _evidence(bundle, loaded, rows, answered)
    examples = shown(loaded.dataset, evidence, rows.tested, decoder=decoder, bundle=bundle, threads=threads)
    result = described(bundle, evidence, loaded.dataset, rows)
    result |= {
        "next": _next(bundle, data, options),
        "config": {"bundle": str(bundle.path), "data": said(data), "with_seen": with_seen, "options": asked(options)},
        "threads": threads or available_threads(),
        "seconds": {"total": round(time.monotonic() - start, 2)},
        "peak_rss_mb": peak_rss_mb(),
    }
    return Retest(evidence, strict_json.plain(result), examples)


def _next(bundle: Bundle, data: Any, options: ReadOptions) -> list[str]:
    """Return commands that make sense now; a bundle that does not know where its classes lie cannot be updated."""
    commands = [predict(bundle.path, bundle.task.modality)]
    if bundle.feature_reference is not None and is_named(data):
        commands.append(command("update", bundle.path, str(data), options=options))
    return commands


def with_input(bundle: Bundle, data: Any, options: ReadOptions) -> ReadOptions:
    """Return the options with the input column that the bundle was fitted on, where none is named and it is there."""
    named = dataclasses.replace(options, inputs=options.inputs or (bundle.input_name,))
    try:
        find_reader(data).read(data, named)
    except DataError:
        return options
    return named


def _sorted_out(bundle: Bundle, dataset: Dataset, with_seen: bool) -> SortedRows:
    """Sort the rows.

    Raises
    ------
    DataError : no row is left to test.
    """
    labels = np.array([label is not None for label in dataset.labels or ()])
    codes = dataset.codes(bundle.task)
    seen, retested = known_rows(bundle, dataset)
    tested = (codes != UNLABELLED) & (with_seen | ~seen)
    if not tested.any():
        raise DataError(_nothing_left(bundle, dataset, bool((codes != UNLABELLED).any())))
    masks = (tested, labels & (codes == UNLABELLED), ~labels, seen & (codes != UNLABELLED), tested & retested)
    return SortedRows(*map(np.flatnonzero, masks))


def known_rows(bundle: Bundle, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return masks (rows,) of what the bundle was fitted on, and of what else it was tested on, known by content."""
    before, hashes = bundle.evidence(), dataset.hashes or ("",) * len(dataset)
    fitted = {row for ancestor in bundle.lineage for row in ancestor.rows}
    tested = set(() if before is None else before.hashes) - fitted
    return np.array([key in fitted for key in hashes]), np.array([key in tested for key in hashes])


def _nothing_left(bundle: Bundle, dataset: Dataset, known: bool) -> str:
    """Say why no row can be tested."""
    if known:
        return (
            f"The bundle was fitted on all labelled rows of {dataset.name}, so that they cannot test it. "
            "Give rows that it has not seen, or test on these too with --with-seen."
        )
    there = listed(sorted({label for label in dataset.labels or () if label is not None}))
    return (
        f"The bundle answers with {listed(bundle.task.classes)}. No row of {dataset.name} is labelled so: "
        f"it has {there}. Name the label column with --target."
    )


def _answered(
    bundle: Bundle, dataset: Dataset, rows: np.ndarray, decoder: Decoder, threads: int | None, progress: Progress
) -> dict[str, BundlePrediction]:
    """Return the answers of the bundle and of the control in it.

    Raises
    ------
    StoreError : an input can no longer be read.
    """
    cells = [dataset.inputs[0].cells[row] for row in rows]
    models = {DELIVERED: bundle, CONTROL: bundle.control()}
    answers = {}
    for name, model in models.items():
        if model is None:
            continue
        found = model.predict(cells, decoder=decoder, threads=threads, progress=progress)
        if found.failed:
            place, reason = next(iter(found.failed.items()))
            raise StoreError(
                f"'{dataset.ids[rows[place]]}' could be read a moment ago, and now it {reason}. Run the command again."
            )
        answers[name] = found
    return answers


def _evidence(bundle: Bundle, loaded: Loaded, rows: SortedRows, answered: Mapping[str, BundlePrediction]) -> Evidence:
    """Return the evidence on the tested rows."""
    dataset, before = loaded.dataset, bundle.evidence()
    truth = dataset.codes(bundle.task)[rows.tested]
    together = describe_rows(dataset, bundle.task, loaded.duplicate_of).together[rows.tested]
    return Evidence(
        task=bundle.task,
        metric=before.metric if before else resolve_metric("auto", truth),
        evaluation="new data",
        ids=tuple(dataset.ids[row] for row in rows.tested),
        truth=truth,
        chosen=DELIVERED,
        candidate=DELIVERED,
        control=CONTROL if CONTROL in answered else DELIVERED,
        no_control="" if CONTROL in answered or bundle.manifest["is_control"] else "none travels in the bundle",
        predictions={
            name: Predictions(found.proba.astype(np.float64), found.codes) for name, found in answered.items()
        },
        groups=dependent(together, named=dataset.groups is not None),
        attributes={name: np.asarray(values)[rows.tested] for name, values in dataset.attributes.items()},
        labels=int(bundle.reference.get("rows", 0)),
        data=dataclasses.replace(loaded.facts, notes=(*loaded.facts.notes, *left_out(bundle, dataset, rows))),
        hashes=tuple(dataset.hashes[row] for row in rows.tested) if dataset.hashes else (),
        licences=(before.licences if before else ()) or licences_of(bundle.card, None),
        not_compared="on new data the bundle answers, and the control in it, alone" if dataset.attributes else "",
        novelty=bundle.novelty(answered[DELIVERED]),
    )
