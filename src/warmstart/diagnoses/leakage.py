"""What makes a test look better than it is: copies on both sides of a split, rows seen before, shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from warmstart.core import wording
from warmstart.core.evidence import DataFacts, Evidence, Repeated, Shortcut
from warmstart.core.finding import Finding, about_data
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import NotApplicable, listed
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import any_difference, paired_difference

NAMED = 3
CLEAN = "No row is on both sides of the split or was seen by the source"
NO_SHORTCUT = ", and nothing beside the content tells the class"
ALL_NEW = "No test row is one that the bundle, or a model it comes from, was fitted on."
KNOWN = ("seen_in_training", "in_the_test_part")
"""Notes on rows of new data that the bundle met before: they say themselves what is wrong."""


class Leakage(Diagnosis):
    """Looks for test rows that were seen before, and for what tells the class without being it."""

    name: ClassVar[str] = "leakage"
    summary: ClassVar[str] = (
        "copies across the user's split, rows the source was trained on, what alone tells the class"
    )

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return where rows that judge were seen by what is judged, and what it may go by instead of the content."""
        if not evidence.of_a_fit:
            return about_data(_of_new_rows(evidence))
        return leakage_findings(evidence.data, _with_and_without(evidence))

    @classmethod
    def example(cls) -> tuple[Evidence, Evidence]:
        """Return evidence with a duplicate on both sides of the user's split, and evidence without."""
        return two_rows(DataFacts(rows=4, across=(("train/a.png", "test/a.png"),))), two_rows(DataFacts(rows=4))


Told = tuple[str, dict[str, Any]]


def leakage_findings(facts: DataFacts, copies: Told = ("", {})) -> list[Finding]:
    """Return what leaks; one finding of severity "passed" where nothing does.

    Parameters
    ----------
    copies : what copies across the split do to the score, in words and numbers, where it was measured.
    """
    shortcuts = facts.shortcuts or ()
    found = [*_across(facts, copies), *_overlap(facts), *_visible(shortcuts), *_unseen(shortcuts)]
    clean = f"{CLEAN}{'' if facts.shortcuts is None else NO_SHORTCUT}."
    return about_data(found or [Finding("leakage", "passed", clean)])


def _of_new_rows(evidence: Evidence) -> list[Finding]:
    """Return that none of the rows was seen before, where no note says otherwise: for shortcuts nobody looked."""
    if evidence.evaluation == "updated" and (across := _across(evidence.data, ("", {}))):
        return across
    known = any(note.code in KNOWN for note in evidence.data.notes)
    return [] if known else [Finding("leakage", "passed", ALL_NEW)]


def _across(facts: DataFacts, copies: Told) -> list[Finding]:
    """Name the duplicates that the user's split puts on both sides."""
    if not facts.across:
        return []
    pairs = listed((f"{one} and {two}" for one, two in facts.across), most=NAMED, separator="; ")
    said, numbers = copies
    sentence = f"Your split puts the same content on both sides {_times(len(facts.across))}: {pairs}.{said}"
    remedy = "Delete the copies on one side, or leave the split to warmstart: the test is easier than new data."
    return [Finding("leakage_across_split", "warning", sentence, {"pairs": len(facts.across), **numbers}, remedy)]


def _with_and_without(evidence: Evidence) -> Told:
    """Return what the copies do to the score: a probe fitted with them and without, and the test without them."""
    repeated = evidence.repeated
    if repeated is None:
        return "", {}
    answers = evidence.truth, repeated.fitted_with, repeated.fitted_without
    try:
        gained, _ = paired_difference(*answers, metric=evidence.metric, groups=evidence.groups)
    except NotApplicable:
        gained = any_difference(*answers, metric=evidence.metric)
    score, name = METRICS[evidence.metric], wording.metric_name(evidence.metric)
    among, apart = (score(evidence.truth, codes) for codes in (repeated.fitted_with, repeated.fitted_without))
    sentence = (
        f" Training rows left out as copies of test rows: {repeated.copies:,}. Fitted with them, a probe would reach "
        f"{wording.percent(among)} {name} instead of {wording.percent(apart)}: {wording.points(gained.to_json())}."
    )
    numbers = {"with_copies": among, "without_copies": apart, "inflation": gained.to_json()}
    said, others = _without_the_rows(evidence, repeated)
    return sentence + said, {**numbers, **others}


def _without_the_rows(evidence: Evidence, repeated: Repeated) -> Told:
    """Return what the delivered model scores on all test rows, and on those that have no copy."""
    fresh = np.setdiff1d(np.arange(len(evidence.truth)), repeated.places)
    if not len(fresh):
        return "", {}
    score, codes = METRICS[evidence.metric], evidence.predictions[evidence.chosen].codes
    whole, alone = score(evidence.truth, codes), score(evidence.truth[fresh], codes[fresh])
    sentence = (
        f" The delivered model has {wording.percent(whole)} on all test rows and {wording.percent(alone)} on the "
        f"{len(fresh):,} without a copy."
    )
    return sentence, {"test_rows_repeated": len(repeated.places), "all_rows": whole, "rows_without_a_copy": alone}


def _overlap(facts: DataFacts) -> list[Finding]:
    """Name the rows that the source saw before."""
    if not facts.overlap:
        return []
    count = len(facts.overlap)
    share = count / max(1, facts.rows)
    named = listed(facts.overlap, most=NAMED, separator="; ")
    sentence = f"The source has seen {count:,} of these rows ({share:.0%}) before: {named}."
    remedy = "Those rows go to training only, never into the test; or choose another source with --source."
    return [Finding("leakage_source_rows", "warning", sentence, {"rows": count, "share": share}, remedy)]


def _visible(shortcuts: Sequence[Shortcut]) -> list[Finding]:
    """Name what the model sees beside the content and may go by."""
    seen = [one for one in shortcuts if one.seen]
    if not seen:
        return []
    sentence = f"{_alone(seen)} The model sees it, and its score may be that of this alone."
    remedy = (
        "If new inputs will not differ by it, make these alike in it (one format, one size, no frame), or collect "
        "all classes in the same way, and fit again."
    )
    return [Finding("leakage_visible", "warning", sentence, _numbers(seen), remedy)]


def _unseen(shortcuts: Sequence[Shortcut]) -> list[Finding]:
    """Name what tells the class where the model does not look."""
    unseen = [one for one in shortcuts if not one.seen]
    if not unseen:
        return []
    sentence = f"{_alone(unseen)} The model does not see it, so that no score comes from it."
    remedy = (
        "Give it to no model that is to tell the class. If it says how rows were collected (site, day, person), "
        "name it with --groups, so that the test has others than the training."
    )
    return [Finding("leakage_unseen", "note", sentence, _numbers(unseen), remedy)]


def _alone(shortcuts: Sequence[Shortcut]) -> str:
    """Return how well each tells the class by itself, the clearest first."""
    first, *others = shortcuts
    tells = first.tells
    more = f"; so do {listed((_with_share(one) for one in others), most=NAMED)}" if others else ""
    return (
        f"{first.name[0].upper()}{first.name[1:]} alone tells the class: a small tree that reads nothing else has "
        f"{wording.percent(tells.value)} balanced accuracy on training rows (95 % interval {100 * tells.low:.1f} to "
        f"{100 * tells.high:.1f}, chance {wording.percent(1 / first.classes)}){more}."
    )


def _with_share(shortcut: Shortcut) -> str:
    return f"{shortcut.name} ({wording.percent(shortcut.tells.value)})"


def _numbers(shortcuts: Sequence[Shortcut]) -> dict[str, Any]:
    return {
        one.name: {"value": one.tells.value, "low": one.tells.low, "high": one.tells.high, "chance": 1 / one.classes}
        for one in shortcuts
    }


def _times(count: int) -> str:
    """Return how often, in words."""
    return "once" if count == 1 else f"{count:,} times"
