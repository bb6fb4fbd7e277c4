"""What a transferability score is, and what it may look at."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.core.part import Part
from warmstart.errors import NotApplicable
from warmstart.learning.spectrum import Spectrum, spectrum


@dataclass(frozen=True)
class Look:
    """What is known of a source at one cut, and what was seen of the target there.

    Parameters
    ----------
    card : what the source is.
    depth : the share of its stages that lie below the cut, above 0 and at most 1.
    features : pooled features (rows, width) of training rows at the cut, or None where nothing was run.
    codes : class codes (rows,) of the same rows, or None.
    source_proba : probabilities (rows, labels) of the source's own head, where it has one that reads this cut.
    """

    card: Card
    depth: float = 1.0
    features: np.ndarray | None = None
    codes: np.ndarray | None = None
    source_proba: np.ndarray | None = None

    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return features and codes.

        Raises
        ------
        NotApplicable : the source was not run over the target.
        """
        if self.features is None or self.codes is None:
            raise NotApplicable(f"'{self.card.name}' was not run over any of these rows.")
        return self.features, self.codes

    @cached_property
    def spectrum(self) -> Spectrum:
        """The directions in which the features vary, which several scores go by."""
        return spectrum(self.seen()[0])


class Score(Part):
    """A number that is higher where transfer is expected to go better."""

    @abstractmethod
    def score(self, look: Look) -> float:
        """Return the score of a source at one cut.

        Raises
        ------
        NotApplicable : the score needs what is not there.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return (better, worse): two looks, the first of which must score higher."""
