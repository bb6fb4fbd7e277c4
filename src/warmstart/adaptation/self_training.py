"""Self-training: the target's rows of whose class the source's head is surest are learned from as well."""

from __future__ import annotations

from typing import ClassVar

from warmstart.adaptation._base import Domains, Method
from warmstart.adaptation._pseudo_labels import self_trained
from warmstart.learning.linear import LinearHead


class SelfTraining(Method):
    """Class-balanced self-training (Zou et al., 2018) from the source's head, on features as they are."""

    name: ClassVar[str] = "self_training"
    summary: ClassVar[str] = "learn from the target's rows of whose class the source's head is surest"
    turn: ClassVar[int] = 3
    by_default: ClassVar[bool] = True
    follows_mix: ClassVar[bool] = True

    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head fitted on the source's labels and on pseudo-labels of the target."""
        plain = (domains.head.mean, domains.head.scale)
        return self_trained(domains, domains.head, plain, plain)
