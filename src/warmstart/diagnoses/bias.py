"""For whom the delivered model fails: groups against the rest, and whether the source is the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from warmstart.core import wording
from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding, Severity
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._group_rows import group_rows
from warmstart.diagnoses._two_kinds import two_kinds
from warmstart.errors import NotApplicable, listed
from warmstart.learning.carried_over import Audit, Gap, audit, in_groups
from warmstart.learning.group_gaps import Measured
from warmstart.learning.group_table import OVERCONFIDENCE, require_fairlearn
from warmstart.learning.groups import FEWEST_ROWS, TOGETHER, Group

NAMED = 3
SEVERITIES: dict[str, Severity] = {"source": "harm"}
OPENINGS = {
    "source": "Carried over from the source",
    "not compared": "It differs by {attribute}, and may be carried over from the source",
    "data": "It differs by {attribute}, and it is in the data",
    "nothing borrowed": "It differs by {attribute}, and no source is the reason, since a control is delivered",
    "unknown": "It differs by {attribute}, cause unknown",
}
REMEDIES = {
    "source": "Try another source with --source, train more of it (--strategy full), or label more rows of the group.",
    "not compared": "Fit again with a second source (--source), or a larger --budget, so that both can be compared.",
    "data": "Look whether the group's inputs are worse or its labels less sure; label more of its rows.",
    "nothing borrowed": "Look whether the group's inputs are worse or its labels less sure; label more of its rows.",
    "unknown": "Fit again with another --source on the same {rows}, and compare the gaps.",
}
SAME_ROWS = {"held-out": "split (--split-from RUN)", "cross-fitted": "data with the same --seed"}


class Bias(Diagnosis):
    """Every group against the rest: the metric, error rates and calibration, tested by permutation."""

    name: ClassVar[str] = "bias"
    summary: ClassVar[str] = "for whom it fails: groups against the rest, and whether the source is the reason"
    extra: ClassVar[str | None] = "audit"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return a finding an attribute, and one for every two attributes whose groups have rows enough."""
        if not evidence.attributes:
            raise NotApplicable("no column to audit was named. Name some with --attributes COLUMN,COLUMN.")
        if not len(evidence.truth):
            raise NotApplicable("the bundle carries no rows, so that groups cannot be looked at.")
        require_fairlearn()
        found = audit(evidence)
        models = {"delivered": found.model}
        if not evidence.no_control:
            models["control"] = in_groups(evidence, found.groups, evidence.predictions[evidence.control])
        judged = {group.attribute for group in found.groups.judged}
        return [
            _finding(evidence, found, models, attribute)
            for attribute in found.groups.labels
            if attribute in judged or attribute in evidence.attributes
        ]

    @classmethod
    def example(cls) -> Any:
        """A model that errs on one kind alone, where the control does not, fires; one that errs alike is silent."""
        fires = two_kinds(wrong=(0.02, 0.3))
        beside = {**fires.predictions, "other source": fires.predictions["hog"]}
        return replace(fires, predictions=beside, other_sources=("other source",)), two_kinds(wrong=(0.12, 0.12))


def _finding(evidence: Evidence, found: Audit, models: Mapping[str, Measured], attribute: str) -> Finding:
    gaps = [gap for gap in found.gaps if gap.group.attribute == attribute]
    numbers = {
        "attribute": attribute,
        "cause": gaps[0].cause if gaps else "none",
        "gaps": len(gaps),
        "missing_rows": {group.value: group.missing for group in _small(found, attribute)},
        "not_tested": _not_tested(evidence, found, attribute),
        **group_rows(evidence, found, models, attribute),
    }
    small = _lacking(found, attribute)
    if gaps:
        gap = _worst(gaps)
        sentence = f"{OPENINGS[gap.cause].format(attribute=attribute)}: {_told(evidence, found, gap)}.{small}"
        remedy = REMEDIES[gap.cause].format(rows=SAME_ROWS.get(evidence.evaluation, "data"))
        return Finding("bias", SEVERITIES.get(gap.cause, "warning"), sentence, numbers, remedy)
    rows = [place for place, group in enumerate(found.groups.judged) if group.attribute == attribute]
    if not rows:
        sentence = f"No group of {attribute} can be judged.{small}"
        return Finding("bias", "note", sentence, numbers, "Label more rows of the groups, or audit a coarser column.")
    values = [100 * float(found.model.inside[row, 0]) for row in rows]
    reach = 100 * float(found.judged.detectable[rows, 0].max())
    # Where every row is right there is no spread to say it from.
    power = f"; a gap of {reach:.1f} points would have been found four times in five" if np.isfinite(reach) else ""
    sentence = (
        f"No group of {attribute} differs from the rest beyond chance: {wording.metric_name(evidence.metric)} is "
        f"{min(values):.1f} to {max(values):.1f} % over {len(rows)} groups{power}.{small}"
    )
    return Finding("bias", "passed", sentence, numbers)


def _worst(gaps: list[Gap]) -> Gap:
    """Return the gap to name: of the strongest, the one whose group is worse off (two groups mirror each other)."""
    strongest = [gap for gap in gaps if gap.cause == gaps[0].cause and abs(gap.z) >= abs(gaps[0].z) - 1e-6]
    return next((gap for gap in strongest if gap.worse_off), strongest[0])


def _told(evidence: Evidence, found: Audit, gap: Gap) -> str:
    """Return the gap with its interval, and what other models show, as the rest of a sentence."""
    place, name = (gap.place, gap.measure), _measure(evidence, gap.measure)
    inside, outside = (wording.percent(float(side[place])) for side in (found.model.inside, found.model.outside))
    ends = f"95 % interval of the gap {wording.signed(gap.low)} to {wording.signed(gap.high)}"
    if not np.isfinite([gap.low, gap.high]).all():
        ends = "without an interval, since the rows of one side belong together in too few groups"
    return (
        f"for {gap.group.attribute} '{gap.group.value}' {name} is {100 * abs(gap.value):.1f} points "
        f"{'below' if gap.value < 0 else 'above'} that of the rest ({inside} against {outside}, "
        f"{ends}), and {_compared(evidence, gap)}"
    )


def _compared(evidence: Evidence, gap: Gap) -> str:
    """Return what comparable models show on identical rows."""
    if gap.cause == "nothing borrowed":
        return "nothing was borrowed"
    if evidence.no_control:
        return f"no control was compared, because {evidence.no_control}"
    if not gap.others:
        return "no control is nearly as accurate, so that it cannot be told whether the data alone would show it"
    shown = listed((f"{name} {wording.signed(value)}" for name, value in gap.others.items()), most=NAMED)
    if gap.cause == "source":
        return f"every control and other source of comparable accuracy has a smaller one ({shown})"
    if gap.cause == "not compared":
        return f"every control of comparable accuracy has a smaller one ({shown}); {_why_not_compared(evidence)}"
    return f"on identical rows others of comparable accuracy have {shown}"


def _why_not_compared(evidence: Evidence) -> str:
    """Return why no other source shows whether it has the gap too."""
    if evidence.other_sources:
        below = f"is too far below it in {wording.metric_name(evidence.metric)} to tell more"
        return f"{listed(evidence.other_sources)} {below}"
    return f"no other source was compared, because {evidence.not_compared or 'the evidence is older than that'}"


def _measure(evidence: Evidence, place: int) -> str:
    """Return the name of the measure at a place among those of `Measured`."""
    if place == 0:
        return wording.metric_name(evidence.metric)
    classes = evidence.task.classes
    return f"recall of '{classes[place - 1]}'" if place <= len(classes) else OVERCONFIDENCE


def _not_tested(evidence: Evidence, found: Audit, attribute: str) -> dict[str, list[str]]:
    """Return, by judged group, what could not be tested: it has too few rows of a class, or never varies."""
    untested = np.isnan(found.judged.detectable)
    return {
        group.value: [_measure(evidence, int(place)) for place in np.flatnonzero(untested[row])]
        for row, group in enumerate(found.groups.judged)
        if group.attribute == attribute and untested[row].any()
    }


def _small(found: Audit, attribute: str) -> list[Group]:
    """Return the groups that have too few rows."""
    return [group for group in found.groups.small if group.attribute == attribute and group.missing]


def _lacking(found: Audit, attribute: str) -> str:
    """Return a sentence on the groups that are too small, with how many rows they lack."""
    small = _small(found, attribute)
    if not small:
        return ""
    if TOGETHER in attribute:
        judged = "has fewer than {} test rows and is" if len(small) == 1 else "have fewer than {} test rows and are"
        return f" {wording.count(len(small), 'combination')} {judged.format(FEWEST_ROWS)} not judged."
    named = listed((f"'{group.value}' has {group.rows} and lacks {group.missing}" for group in small), most=NAMED)
    return f" Of the {FEWEST_ROWS} test rows that judging takes, {named}."
