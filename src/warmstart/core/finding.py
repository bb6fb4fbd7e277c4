"""One thing found out, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Severity = Literal["harm", "warning", "note", "passed", "not applicable"]
SEVERITIES: tuple[Severity, ...] = ("harm", "warning", "note", "passed", "not applicable")


@dataclass(frozen=True)
class Finding:
    """A code tools can match, how bad it is, one sentence, the numbers behind it, and what to do.

    Parameters
    ----------
    about : "data" where it is a matter of the rows, whatever model is fitted on them.
    """

    code: str
    severity: Severity
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""
    about: Literal["model", "data"] = "model"

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {**asdict(self), "numbers": dict(self.numbers)}


def about_data(found: Sequence[Finding]) -> list[Finding]:
    """Return findings as such about the rows."""
    return [replace(one, about="data") for one in found]
