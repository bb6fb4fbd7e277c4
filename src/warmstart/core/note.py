"""Something to know of the rows, before anything is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """A code tools can match, one sentence, the numbers behind it, and what to do.

    Parameters
    ----------
    numbers : of these "share" is of the rows; a large one makes the note a warning.
    """

    code: str
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""
