"""Every diagnosis on the evidence: what was found, and what could not be asked."""

from __future__ import annotations

from warmstart.core.catalog import parts
from warmstart.core.evidence import Evidence
from warmstart.core.finding import SEVERITIES, Finding
from warmstart.errors import NotApplicable


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return the findings of every diagnosis there is, the gravest first."""
    found: list[Finding] = []
    for kind in parts("diagnoses"):
        try:
            found += kind().diagnose(evidence)
        except NotApplicable as reason:
            found.append(Finding(kind.name, "not applicable", f"Not applicable: {reason}"))
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding.code))
