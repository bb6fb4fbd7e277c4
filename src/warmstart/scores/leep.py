"""LEEP: how well the source's own answers tell the target's classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.errors import NotApplicable
from warmstart.scores._base import Look, Score
from warmstart.scores._example import card
from warmstart.scores._leep import expected_log_likelihood


class Leep(Score):
    """Nguyen et al., LEEP: a new measure to evaluate transferability of learned representations, ICML 2020."""

    name = "leep"
    summary = "log likelihood of the labels given the source's own answers"

    def score(self, look: Look) -> float:
        """Return the mean log likelihood of the labels, in nats; at most 0.

        Raises
        ------
        NotApplicable : the source has no head of its own that reads this cut.
        """
        if look.source_proba is None:
            raise NotApplicable(f"'{look.card.name}' has no head of its own that reads this cut.")
        return expected_log_likelihood(look.source_proba, look.seen()[1])

    @classmethod
    def example(cls) -> Any:
        """A head whose answers go with the classes, and one whose answers do not."""
        codes = np.arange(60) % 2
        features = np.zeros((60, 1), np.float32)
        sure = np.where(np.arange(4) // 2 == codes[:, None], 0.45, 0.05)
        unsure = np.full((60, 4), 0.25)
        return tuple(Look(card(), features=features, codes=codes, source_proba=proba) for proba in (sure, unsure))
