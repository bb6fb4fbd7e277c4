"""What an update is measured on: the old test rows, as the bundle stores them, and the new rows that were held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.decision import decide
from warmstart.core.evidence import Evidence, Novelty, Predictions
from warmstart.core.feature_reference import FeatureReference
from warmstart.core.task import resolve_metric
from warmstart.errors import NotApplicable
from warmstart.flow.ancestry import licences_of
from warmstart.flow.update.new_rows import NewRows
from warmstart.learning.clustered import dependent
from warmstart.learning.grown_head import GrownHead
from warmstart.learning.intervals import Interval
from warmstart.learning.shares import share_of
from warmstart.learning.transfer_gain import any_difference, paired_difference
from warmstart.runtime.bundle import Bundle

DELIVERED = "delivered"


@dataclass(frozen=True)
class Seen:
    """What a bundle makes of rows: probabilities (rows, its classes), and where its feature reference has them."""

    proba: np.ndarray
    columns: np.ndarray

    @property
    def white(self) -> np.ndarray:
        """Where they lie in the columns in which classes are told (rows, columns)."""
        return np.asarray(self.columns[:, :-1])


@dataclass(frozen=True)
class OldClasses:
    """Accuracy on the old classes' test rows before and after, and the change, paired; None where not measured.

    Parameters
    ----------
    taken : how many rows that were right are now answered as one of the new classes.
    untested : old classes of which the bundle stores no test row; nothing is measured on them.
    reason : why nothing was measured, as a sentence; "" where it was.
    """

    rows: int = 0
    before: Interval | None = None
    after: Interval | None = None
    change: Interval | None = None
    taken: int = 0
    untested: tuple[str, ...] = ()
    reason: str = ""


def stored(bundle: Bundle) -> tuple[Evidence, Seen] | None:
    """Return the old test rows as the bundle answered and saw them, or None where it does not store them."""
    before = bundle.evidence()
    if before is None or before.novelty is None or before.novelty.columns is None or not len(before.truth):
        return None
    return before, Seen(before.predictions[before.chosen].proba, before.novelty.columns.astype(np.float64))


def old_classes(bundle: Bundle, head: GrownHead, weights: np.ndarray) -> OldClasses:
    """Return what the update does to the old classes."""
    there = stored(bundle)
    if there is None:
        return OldClasses(reason=_not_stored(bundle))
    before, seen = there
    untested = tuple(name for code, name in enumerate(bundle.task.classes) if code not in before.truth)
    truth, codes = before.truth, before.predictions[before.chosen].codes
    after = decide(head.proba(seen.proba, seen.white), weights)
    try:
        change, _ = paired_difference(truth, after, codes, metric="accuracy", groups=before.groups)
    except NotApplicable:
        change = any_difference(truth, after, codes, metric="accuracy")
    then, now = (share_of(before, one == truth) for one in (codes, after))
    taken = int(np.sum((codes == truth) & (after >= head.old)))
    return OldClasses(len(truth), then, now, change, taken, untested)


def _not_stored(bundle: Bundle) -> str:
    """Say why the old classes cannot be measured."""
    before = bundle.evidence()
    if before is not None and before.evaluation == "cross-fitted":
        return "the bundle was fitted on all of its rows, each of them tested by the model of another fold."
    if before is not None and not len(before.truth):
        return "the bundle was made with --no-row-data, and stores no test rows."
    return "the bundle stores no features of its test rows."


def evidence_of(
    bundle: Bundle,
    rows: NewRows,
    seen: Seen,
    head: GrownHead,
    weights: np.ndarray,
    reference: FeatureReference,
) -> Evidence:
    """Return the updated bundle's evidence, on old and new test rows together."""
    held = np.flatnonzero(rows.tested)
    parts = [(rows.codes[held], Seen(seen.proba[held], seen.columns[held]))]
    ids, hashes = (tuple(values[row] for row in held) for values in (rows.dataset.ids, rows.dataset.hashes or ()))
    together = dependent(rows.together[held], named=rows.dataset.groups is not None)
    groups = None if together is None else [f"new {unit}" for unit in together]
    if (there := stored(bundle)) is not None:
        before, old = there
        parts.insert(0, (before.truth, old))
        ids, hashes = (*before.ids, *ids), (*before.hashes, *hashes)
        groups = _joined(before, groups, held)
    columns = np.concatenate([one.columns for _, one in parts])
    proba = head.proba(np.concatenate([one.proba for _, one in parts]), columns[:, :-1])
    was = bundle.evidence()
    return Evidence(
        task=rows.task,
        metric=was.metric if was else resolve_metric("auto", rows.codes),
        evaluation="updated",
        ids=ids,
        truth=np.concatenate([truth for truth, _ in parts]),
        chosen=DELIVERED,
        candidate=DELIVERED,
        control=DELIVERED,
        no_control="" if bundle.manifest["is_control"] else "an updated bundle carries none",
        predictions={DELIVERED: Predictions(proba, decide(proba, weights))},
        groups=None if groups is None else np.array(groups),
        labels=int(head.counts.sum()),
        data=rows.facts,
        hashes=hashes,
        licences=(was.licences if was else ()) or licences_of(bundle.card, None),
        novelty=Novelty(reference.p_values_of_columns(columns), "", columns, len(reference.distances)),
    )


def _joined(before: Evidence, groups: list[str] | None, held: np.ndarray) -> list[str] | None:
    """Return the groups of old and new rows, where either have some; else every row is its own."""
    if before.groups is None and groups is None:
        return None
    old = np.arange(len(before.truth)) if before.groups is None else before.groups
    return [*(f"old {name}" for name in old), *(groups or (f"new {row}" for row in held))]
