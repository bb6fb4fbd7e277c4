"""Do not adapt: the head that was fitted on the source, as it is."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.learning.linear import LinearHead


class SourceOnly(Method):
    """The source's own head: what every other method must be better than."""

    name: ClassVar[str] = "source_only"
    summary: ClassVar[str] = "do not adapt: the head that was fitted on the source"
    turn: ClassVar[int] = 0
    by_default: ClassVar[bool] = True

    def adapt(self, domains: Domains) -> LinearHead:
        """Return the source's head."""
        return domains.head
