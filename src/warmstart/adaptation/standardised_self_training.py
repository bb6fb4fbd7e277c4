"""Per-domain standardisation, then self-training: the two together."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._moments import moments_of
from warmstart.adaptation._pseudo_labels import self_trained
from warmstart.learning.linear import LinearHead


class StandardisedSelfTraining(Method):
    """Class-balanced self-training (Zou et al., 2018) on features standardised per domain (Li et al., 2018)."""

    name: ClassVar[str] = "standardised_self_training"
    summary: ClassVar[str] = "standardise per domain, then learn from the target's surest rows"
    turn: ClassVar[int] = 4
    by_default: ClassVar[bool] = True
    follows_mix: ClassVar[bool] = True

    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head fitted on the source's labels and on pseudo-labels of the target, both standardised."""
        found = moments_of(domains)
        return self_trained(domains, found.head(domains.head), found.source, found.target)
