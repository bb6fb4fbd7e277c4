"""Forgetting: how much of what the source could do is left in the delivered model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from warmstart.core import wording
from warmstart.core.evidence import DataFacts, Evidence, Forgetting, Measured, Retention
from warmstart.core.finding import Finding
from warmstart.diagnoses._base import WHEN_FITTED, Diagnosis
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import NotApplicable

MUCH = 0.02
NOT_MEASURED = "what is delivered borrows nothing from a source, or the budget was spent before it could be measured."
ON_INPUTS = "change_on_your_inputs"
REMEDY = (
    "Where the source's own task still matters, take a strategy that leaves it intact (--strategy probe), "
    "or weights nearer to it: the report shows what they cost."
)
LOOK_FURTHER = "Whether the source's own task suffers is told by rows of that task, with labels: --reference PATH."


class ForgettingDiagnosis(Diagnosis):
    """Retention against the untouched source: accuracy on a reference set, else agreement, never called accuracy."""

    name = "forgetting"
    summary = "how much of what the source could do is left"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return that nothing was forgotten, or what was, on the reference set and on the task's own inputs."""
        kept = evidence.forgetting
        if kept is None:
            raise NotApplicable(NOT_MEASURED if evidence.of_a_fit else WHEN_FITTED)
        if kept.base == kept.delivered:
            sentence = f"Nothing forgotten: the base is unchanged (its weights hash to {kept.base[:12]}… as before)."
            return [Finding(self.name, "passed", sentence, {"sha256": kept.base})]
        return [_on_reference(one, kept) if one.on == "reference" else _on_inputs(one, kept) for one in kept.retained]

    @classmethod
    def example(cls) -> Any:
        """A source whose own head loses ten points on the reference set fires; an unchanged base stays silent."""
        lost = (Measured(0.8, 0.76, 0.84), Measured(0.7, 0.65, 0.75), Measured(-0.1, -0.13, -0.07))
        share = Measured(0.75, 0.7, 0.8)
        on = Retention("reference", 400, share, share, {"block_1": 1.0, "block_2": 0.82}, lost, labelled=400)
        fires = replace(two_rows(DataFacts(rows=4)), forgetting=Forgetting("a" * 64, "b" * 64, 1000, (on,)))
        return fires, replace(fires, forgetting=Forgetting("a" * 64, "a" * 64, 1000))


def _on_reference(kept: Retention, forgetting: Forgetting) -> Finding:
    """Say what became of the source's own accuracy, or of its answers where their labels are not known."""
    numbers = _numbers(kept)
    if kept.accuracy is None:
        sentence = f"On the reference set {_alike(kept, forgetting)} {_why_no_accuracy(forgetting)}"
        return Finding("forgetting", "note", sentence, numbers, REMEDY)
    before, after, change = kept.accuracy
    gone = change.high < 0 and change.value <= -MUCH
    sentence = (
        f"The source's own head, on {kept.labelled:,} labelled reference rows, goes from {_percent(before)} to "
        f"{_percent(after)} accuracy: {wording.points(_plain(change))}."
    )
    numbers |= {"before": before.value, "after": after.value}
    numbers |= {"change": change.value, "change_low": change.low, "change_high": change.high}
    return Finding("forgetting", "warning" if gone else "passed", sentence, numbers, REMEDY if gone else "")


def _on_inputs(kept: Retention, forgetting: Forgetting) -> Finding:
    sentence = f"Change on your inputs (this is no accuracy): on {kept.rows:,} of them {_alike(kept, forgetting)}"
    return Finding(ON_INPUTS, "note", sentence, _numbers(kept), LOOK_FURTHER)


def _alike(kept: Retention, forgetting: Forgetting) -> str:
    """Say how alike the network sees things before and after."""
    least = min(kept.similarity, key=lambda stage: kept.similarity[stage], default="")
    similarity = f", and similarity (CKA) is lowest at {least}, {kept.similarity[least]:.2f}" if least else ""
    agreed = (
        "the source has no head of its own to ask; "
        if kept.agreement is None
        else f"the source's own head gives the same of its {forgetting.head_labels:,} answers for "
        f"{_percent(kept.agreement)}; "
    )
    return f"{agreed}{_percent(kept.neighbours)} of the ten nearest neighbours are still the same{similarity}."


def _why_no_accuracy(forgetting: Forgetting) -> str:
    if not forgetting.head_labels:
        return "Its accuracy is not measured: the source has no head of its own."
    return "Its accuracy is not measured: the source's head knows none of the set's labels."


def _numbers(kept: Retention) -> dict[str, Any]:
    agreement = {} if kept.agreement is None else {"agreement": kept.agreement.value}
    return {"rows": kept.rows, **agreement, "neighbours": kept.neighbours.value, "similarity": dict(kept.similarity)}


def _percent(measured: Measured) -> str:
    return wording.percent_interval(_plain(measured))


def _plain(measured: Measured) -> dict[str, float]:
    return {"value": measured.value, "low": measured.low, "high": measured.high}
