"""Linear optimal transport: move the source's rows onto the target's at the least cost."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._skada import mapped_head
from warmstart.learning.linear import LinearHead


class Transport(Method):
    """Optimal transport between the two domains as Gaussians (Flamary et al., 2019), as skada does it."""

    name: ClassVar[str] = "transport"
    summary: ClassVar[str] = "the source's rows are moved onto the target's by linear optimal transport (skada)"
    extra: ClassVar[str | None] = "adapt"
    turn: ClassVar[int] = 7

    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head fitted on the mapped source rows."""
        return mapped_head(domains, "LinearOTMappingAdapter", name=self.name)
