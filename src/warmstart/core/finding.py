"""One thing found out, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["harm", "warning", "note", "passed", "not applicable"]
SEVERITIES: tuple[Severity, ...] = ("harm", "warning", "note", "passed", "not applicable")


@dataclass(frozen=True)
class Finding:
    """A code tools can match, how bad it is, one sentence, the numbers behind it, and what to do."""

    code: str
    severity: Severity
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {**asdict(self), "numbers": dict(self.numbers)}
