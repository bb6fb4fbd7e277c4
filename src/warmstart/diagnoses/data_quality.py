"""What is wrong with the rows themselves: unreadable, repeated, contradictory, too few, cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from warmstart.core.evidence import DataFacts, Evaluation, Evidence
from warmstart.core.finding import Finding, Severity, about_data
from warmstart.core.wording import count
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import listed

NAMED = 3
MANY_UNREADABLE = 0.05
WORTH_A_WARNING = 0.1


class DataQuality(Diagnosis):
    """Names the rows that cannot be used or should be looked at."""

    name: ClassVar[str] = "data_quality"
    summary: ClassVar[str] = "unreadable files, duplicates, conflicting labels, rare classes, truncated texts"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return what is wrong with the rows."""
        return quality_findings(evidence.data, evaluation=evidence.evaluation)

    @classmethod
    def example(cls) -> tuple[Evidence, Evidence]:
        """Return evidence with two rows of equal content and different labels, and evidence without."""
        wrong = DataFacts(rows=4, exact=(("a.png", "b.png"),), conflicts=(("a.png", "b.png"),))
        return two_rows(wrong), two_rows(DataFacts(rows=4))


def quality_findings(facts: DataFacts, *, evaluation: Evaluation = "held-out") -> list[Finding]:
    """Return what is wrong with the rows; one finding of severity "passed" where nothing is.

    Parameters
    ----------
    evaluation : how the rows are tested, or will be.
    """
    treated = _treated(facts, evaluation)
    found = [
        *_unreadable(facts),
        *_conflicts(facts),
        *_duplicates(facts, treated),
        *_near(facts, treated),
        *_rare(facts),
        *_notes(facts),
    ]
    sentence = f"All {count(facts.rows, 'row')} can be read, and none repeats or contradicts another."
    return about_data(found or [Finding("data_quality", "passed", sentence, {"rows": facts.rows})])


def _treated(facts: DataFacts, evaluation: Evaluation) -> str:
    """Return what becomes of copies, as the end of a sentence."""
    if evaluation == "new data":
        return "count as one row in every interval"
    if facts.across:
        return "are left out of training where your split has them on both sides"
    return "are kept on one side of every split"


def _unreadable(facts: DataFacts) -> list[Finding]:
    """Name the rows that were left out."""
    if not facts.skipped:
        return []
    left_out = len(facts.skipped)
    share = left_out / max(1, left_out + facts.rows)
    named = "; ".join(f"{row} {reason}" for row, reason in facts.skipped[:NAMED])
    more = f"; and {left_out - NAMED} more" if left_out > NAMED else ""
    sentence = f"{count(left_out, 'row')} could not be used: {named}{more}."
    severity: Severity = "warning" if share > MANY_UNREADABLE else "note"
    remedy = "Mend or delete what is named; the rest is used."
    return [Finding("unreadable", severity, sentence, {"rows": left_out, "share": share}, remedy)]


def _conflicts(facts: DataFacts) -> list[Finding]:
    """Name the pairs with equal content and different labels."""
    if not facts.conflicts:
        return []
    sentence = (
        f"{count(len(facts.conflicts), 'pair')} of rows {_have(facts.conflicts)} the same content and different "
        f"labels: {_named(facts.conflicts)}."
    )
    remedy = "Decide which label is right; a model cannot learn both, and the test counts one of them as wrong."
    return [Finding("conflicting_labels", "warning", sentence, {"pairs": len(facts.conflicts)}, remedy)]


def _duplicates(facts: DataFacts, treated: str) -> list[Finding]:
    """Name the pairs with equal content."""
    if not facts.exact:
        return []
    sentence = f"{count(len(facts.exact), 'row')} {_repeat(facts.exact)} another exactly: {_named(facts.exact)}."
    remedy = f"They {treated}; delete the copies if they are not meant."
    return [Finding("duplicates", "note", sentence, {"pairs": len(facts.exact)}, remedy)]


def _near(facts: DataFacts, treated: str) -> list[Finding]:
    """Name the pairs that differ by re-encoding only, or say that they cannot be told."""
    if not facts.near_grouped:
        sentence = (
            "Too many rows look alike to tell near duplicates from different rows of one kind, "
            f"so that only exact duplicates {treated}."
        )
        remedy = "If rows belong together (shots of one object), say so with --groups COLUMN."
        return [Finding("near_duplicates", "warning", sentence, {"pairs": len(facts.near)}, remedy)]
    if not facts.near:
        return []
    sentence = (
        f"{count(len(facts.near), 'pair')} of rows {_are(facts.near)} near duplicates, equal but for encoding, size, "
        f"case or punctuation: {_named(facts.near)}."
    )
    remedy = f"They {treated}."
    return [Finding("near_duplicates", "note", sentence, {"pairs": len(facts.near)}, remedy)]


def _rare(facts: DataFacts) -> list[Finding]:
    """Name the classes with very few rows."""
    if not facts.rare:
        return []
    named = listed(f"'{name}' ({rows})" for name, rows in facts.rare.items())
    sentence = f"{count(len(facts.rare), 'class', 'classes')} with very few rows: {named}."
    remedy = "Collect more of them, merge them into another class, or leave them out with --classes."
    return [Finding("rare_classes", "warning", sentence, {"rows": dict(facts.rare)}, remedy)]


def _notes(facts: DataFacts) -> list[Finding]:
    """Pass on what a source cannot see of the rows."""
    return [
        Finding(
            note.code,
            "warning" if float(note.numbers.get("share", 0.0)) >= WORTH_A_WARNING else "note",
            note.sentence,
            dict(note.numbers),
            note.remedy,
        )
        for note in facts.notes
    ]


def _named(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the first pairs for a sentence."""
    return listed((f"{one} and {two}" for one, two in pairs), most=NAMED, separator="; ")


def _have(items: Sequence[Any]) -> str:
    return "has" if len(items) == 1 else "have"


def _are(items: Sequence[Any]) -> str:
    return "is" if len(items) == 1 else "are"


def _repeat(items: Sequence[Any]) -> str:
    return "repeats" if len(items) == 1 else "repeat"
