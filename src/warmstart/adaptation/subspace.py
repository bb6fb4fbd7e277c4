"""Subspace alignment: the main directions of both domains are laid upon each other."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._skada import mapped_head
from warmstart.learning.linear import LinearHead

COMPONENTS = 50


class Subspace(Method):
    """Subspace alignment (Fernando et al., 2013), as skada does it, on at most COMPONENTS directions.

    On all of them it would only centre both domains.
    """

    name: ClassVar[str] = "subspace"
    summary: ClassVar[str] = "the source's main directions are turned into the target's (skada)"
    extra: ClassVar[str | None] = "adapt"
    turn: ClassVar[int] = 6

    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head fitted on the mapped source rows."""
        fewest = min(domains.source.width, len(domains.source), len(domains.target))
        most = min(COMPONENTS, max(1, fewest - 1))
        return mapped_head(domains, "SubspaceAlignmentAdapter", name=self.name, n_components=most)
