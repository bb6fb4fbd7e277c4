"""What a diagnosis is."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding
from warmstart.core.part import Part

WHEN_FITTED = "it is measured when a model is fitted."
"""Why what only a fit measures does not apply to new data."""


class Diagnosis(Part):
    """Looks for one kind of thing in the evidence."""

    @abstractmethod
    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return what it found; one finding of severity "passed" where all is well.

        Raises
        ------
        NotApplicable : the evidence lacks what it needs; the message says what.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return (fires, silent): one Evidence on which it warns and one on which it does not."""
