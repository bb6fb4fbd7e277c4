"""What is wrong with the rows of an adaptation, and what the licences of what it was made from forbid or ask."""

from __future__ import annotations

from warmstart.core.finding import SEVERITIES, Finding, about_data
from warmstart.diagnoses.data_quality import quality_findings
from warmstart.diagnoses.licence import licence_findings
from warmstart.errors import listed
from warmstart.flow.adapt.pair import AdaptedPair
from warmstart.flow.ancestry import licences_of
from warmstart.flow.load import for_source

NAMED = 3


def adapted_findings(found: AdaptedPair) -> list[Finding]:
    """Return what is wrong with the labelled rows, which target inputs have no answer, and the licences."""
    source, card = found.pair.source, found.seen.backbone.card
    told = [
        *quality_findings(for_source(source, found.seen.backbone)),
        *_unread(found),
        *licence_findings(licences_of(card, source.dataset.licence)),
    ]
    return sorted(told, key=lambda finding: SEVERITIES.index(finding.severity))


def _unread(found: AdaptedPair) -> list[Finding]:
    """Name the target inputs that could not be read."""
    dataset = found.pair.target.dataset
    if not dataset.skipped:
        return []
    count = len(dataset.skipped)
    named = listed((f"{row.id} {row.reason}" for row in dataset.skipped), NAMED)
    sentence = f"{count:,} of the target's {count + len(dataset):,} inputs could not be used: {named}."
    numbers = {"rows": count, "share": count / (count + len(dataset))}
    remedy = "They stand in target.csv with the reason and without an answer. Mend them, and adapt again."
    return about_data([Finding("unreadable_target", "note", sentence, numbers, remedy)])
