"""What a transferability score is."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.core.part import Part


class Score(Part):
    """A number that is higher where transfer is expected to go better."""

    @abstractmethod
    def score(self, card: Card, features: np.ndarray | None, codes: np.ndarray | None) -> float:
        """Return the score of a source at one cut.

        Parameters
        ----------
        card : what the source is.
        features : pooled features (rows, width) of training rows, or None where nothing was run yet.
        codes : class codes (rows,) of the same rows, or None.

        Raises
        ------
        NotApplicable : the score needs what is not there.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return (better, worse): two argument tuples, the first of which must score higher."""
