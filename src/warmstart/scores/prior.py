"""The prior: what is known of a source without a look at the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.scores._base import Look, Score
from warmstart.scores._example import card

SIZE_BREAKS_TIES = 1e-5
DEPTH_BREAKS_TIES = 1e-3


class Prior(Score):
    """The quality that was reported for the source elsewhere; a strong baseline (arXiv 2510.06448).

    Of sources of equal report the larger one comes first, and of the cuts of one source the deeper one.
    """

    name = "prior"
    summary = "the source's reported quality and size, with no look at the target"

    def score(self, look: Look) -> float:
        """Return the card's prior, 0 to 1, with size and depth as tie-breakers of at most a tenth of a point."""
        size = SIZE_BREAKS_TIES * float(np.log10(max(look.card.parameter_count, 1)))
        return look.card.prior + size + DEPTH_BREAKS_TIES * look.depth

    @classmethod
    def example(cls) -> Any:
        """A source of better report comes first."""
        return Look(card(prior=0.8)), Look(card(prior=0.3))
