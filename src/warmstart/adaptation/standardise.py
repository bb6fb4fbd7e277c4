"""Per-domain standardisation: the target's features are centred and scaled by their own moments."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._moments import moments_of
from warmstart.learning.linear import LinearHead


class Standardise(Method):
    """The source's head on the target's features as far from their own mean, in their own spread.

    It is what replacing the statistics of a normalising layer does to a network (AdaBN; Li et al., 2018),
    on the features that the head reads. It takes the class mixes of both domains for equal.
    """

    name: ClassVar[str] = "standardise"
    summary: ClassVar[str] = "the target's features are centred and scaled by their own moments"
    turn: ClassVar[int] = 2
    by_default: ClassVar[bool] = True
    follows_mix: ClassVar[bool] = True

    def adapt(self, domains: Domains) -> LinearHead:
        """Return the source's head with the target's moments in place of the source's."""
        return moments_of(domains).head(domains.head)
