"""The prior: what is known of a source without a look at the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.scores._base import Score


class Prior(Score):
    """The quality that was reported for the source elsewhere; a strong baseline (arXiv 2510.06448)."""

    name = "prior"
    summary = "the source's reported quality, with no look at the target"

    def score(self, card: Card, features: np.ndarray | None, codes: np.ndarray | None) -> float:
        """Return the card's prior, 0 to 1."""
        return card.prior

    @classmethod
    def example(cls) -> Any:
        """A source of better report comes first."""
        common: dict[str, Any] = {
            "origin": "folder",
            "sha256": "0" * 64,
            "licence": "Apache-2.0",
            "modality": "image",
            "architecture": "tiny",
            "input_size": 8,
            "parameter_count": 1,
            "trained_on": "nothing",
        }
        better, worse = (Card(name=name, prior=prior, **common) for name, prior in (("better", 0.8), ("worse", 0.3)))
        return (better, None, None), (worse, None, None)
