"""What makes a test look better than it is: rows on both sides of a split, rows that the source saw."""

from __future__ import annotations

from typing import ClassVar

from warmstart.core.evidence import DataFacts, Evidence
from warmstart.core.finding import Finding
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import listed

NAMED = 3


class Leakage(Diagnosis):
    """Looks for test rows that were seen before."""

    name: ClassVar[str] = "leakage"
    summary: ClassVar[str] = "duplicates across the user's split, rows that the source was trained on"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return where rows that judge were seen by what is judged."""
        return leakage_findings(evidence.data)

    @classmethod
    def example(cls) -> tuple[Evidence, Evidence]:
        """Return evidence with a duplicate on both sides of the user's split, and evidence without."""
        return two_rows(DataFacts(rows=4, across=(("train/a.png", "test/a.png"),))), two_rows(DataFacts(rows=4))


def leakage_findings(facts: DataFacts) -> list[Finding]:
    """Return what leaks; one finding of severity "passed" where nothing does."""
    found = [*_across(facts), *_overlap(facts)]
    return found or [Finding("leakage", "passed", "No row is on both sides of the split or was seen by the source.")]


def _across(facts: DataFacts) -> list[Finding]:
    """Name the duplicates that the user's split puts on both sides."""
    if not facts.across:
        return []
    pairs = listed((f"{one} and {two}" for one, two in facts.across), most=NAMED).replace(", ", "; ")
    sentence = f"Your split puts the same content on both sides {_times(len(facts.across))}: {pairs}."
    remedy = "Delete the copies on one side, or leave the split to warmstart: the test is easier than new data."
    return [Finding("leakage_across_split", "warning", sentence, {"pairs": len(facts.across)}, remedy)]


def _overlap(facts: DataFacts) -> list[Finding]:
    """Name the rows that the source saw before."""
    if not facts.overlap:
        return []
    count = len(facts.overlap)
    share = count / max(1, facts.rows)
    sentence = f"The source has seen {count:,} of these rows ({share:.0%}) before: {listed(facts.overlap, most=NAMED)}."
    remedy = "Those rows go to training only, never into the test; or choose another source with --source."
    return [Finding("leakage_source_rows", "warning", sentence, {"rows": count, "share": share}, remedy)]


def _times(count: int) -> str:
    """Return how often, in words."""
    return "once" if count == 1 else f"{count:,} times"
