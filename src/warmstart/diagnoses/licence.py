"""Whether a licence of what was borrowed, or of the data, forbids what may be at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from warmstart.core.evidence import DataFacts, Evidence, Licence
from warmstart.core.finding import Finding
from warmstart.core.licence import terms_of
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import listed


class Licences(Diagnosis):
    """Says aloud what licences in the lineage forbid or ask, and which are not known."""

    name: ClassVar[str] = "licence"
    summary: ClassVar[str] = "what the licences of the source, its ancestors and the data forbid or ask"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return a finding for every licence that forbids or asks something, or that nothing is known of."""
        return licence_findings(evidence.licences)

    @classmethod
    def example(cls) -> tuple[Evidence, Evidence]:
        """Return evidence of a source that may not be used commercially, and of one that may."""
        given = two_rows(DataFacts(rows=4))
        fires, silent = (replace(given, licences=(Licence("the source", said),)) for said in ("CC BY-NC 4.0", "MIT"))
        return fires, silent


def licence_findings(licences: Sequence[Licence]) -> list[Finding]:
    """Return what licences forbid or ask; one finding of severity "passed" where none does."""
    found = [
        finding
        for said in dict.fromkeys(one.licence for one in licences)
        for finding in _finding(said, [one.of for one in licences if one.licence == said])
    ]
    return found or [_nothing(licences)]


def _finding(licence: str, of: Sequence[str]) -> list[Finding]:
    """Return what to know of a licence, if there is anything."""
    terms, whose = terms_of(licence), listed(of)
    if terms == ():
        return []
    numbers = {"licence": licence, "of": list(of), "terms": list(terms or ())}
    if terms is None:
        sentence = f"What the licence of {whose} allows is not known here ({licence})."
        remedy = "Read it, or ask who made it, before you pass the model on or sell what it does."
        return [Finding("licence_unknown", "warning", sentence, numbers, remedy)]
    sentence = f"The licence of {whose} ({licence}) {' and '.join(terms)}."
    remedy = "Keep to that, or choose another source: `warmstart sources` shows the licence of each."
    return [Finding("licence", "warning", sentence, numbers, remedy)]


def _nothing(licences: Sequence[Licence]) -> Finding:
    """Return that nothing is forbidden."""
    if not licences:
        return Finding("licence", "passed", "Nothing was borrowed, so that no licence but that of your data applies.")
    named = listed(dict.fromkeys(f"{one.of} ({one.licence})" for one in licences))
    return Finding("licence", "passed", f"No licence forbids a use, or asks for more than being named: {named}.")
