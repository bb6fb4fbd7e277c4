"""The source's head for another mix of classes."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from warmstart.adaptation._base import Domains, Method
from warmstart.errors import NotApplicable
from warmstart.learning.linear import LinearHead

LEAST_SHARE = 1e-3


class ClassMix(Method):
    """Every class counts for its share in the target over its share in the source.

    That adds a constant to its logit (Saerens, Latinne & Decaestecker, 2002). The mix must be known: guessed
    from the answers (by EM or black-box shift estimation) it did more harm than good wherever it was tried.
    """

    name: ClassVar[str] = "class_mix"
    summary: ClassVar[str] = "the source's head, corrected for the target's class mix"
    turn: ClassVar[int] = 1
    by_default: ClassVar[bool] = True
    follows_mix: ClassVar[bool] = True

    def adapt(self, domains: Domains) -> LinearHead:
        """Return the source's head with other biases.

        Raises
        ------
        NotApplicable : the mix is not known.
        """
        if domains.mix is None:
            raise NotApplicable("the class mix of the target is not known; where you know it, give --target-mix.")
        ratio = np.maximum(domains.mix, LEAST_SHARE) / np.maximum(domains.source_mix, LEAST_SHARE)
        return replace(domains.head, bias=(domains.head.bias + np.log(ratio)).astype(np.float32))
