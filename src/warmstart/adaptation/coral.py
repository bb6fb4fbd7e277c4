"""Correlation alignment: whiten the source's rows, and colour them as the target's."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._skada import mapped_head
from warmstart.learning.linear import LinearHead


class Coral(Method):
    """Correlation alignment (CORAL; Sun, Feng & Saenko, 2016), as skada does it."""

    name: ClassVar[str] = "coral"
    summary: ClassVar[str] = "the source's rows get the covariance of the target's (skada)"
    extra: ClassVar[str | None] = "adapt"
    turn: ClassVar[int] = 5

    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head fitted on the mapped source rows."""
        return mapped_head(domains, "CORALAdapter", name=self.name)
