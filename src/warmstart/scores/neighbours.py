"""Nearest neighbours: whether what lies next to a row is of its class."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.scores._base import Look, Score
from warmstart.scores._example import two_looks


class Neighbours(Score):
    """Leave-one-out accuracy of the nearest neighbour; Puigcerver et al., ICLR 2021 (arXiv 2009.13239)."""

    name = "neighbours"
    summary = "leave-one-out accuracy of the nearest neighbour"

    def score(self, look: Look) -> float:
        """Return the share of rows whose nearest other row is of the same class, 0 to 1."""
        codes, features = look.seen()[1], look.spectrum.features
        lengths = np.sum(features**2, axis=1)
        distances = lengths[:, None] + lengths - 2 * features @ features.T
        np.fill_diagonal(distances, np.inf)
        return float(np.mean(codes[distances.argmin(axis=1)] == codes))

    @classmethod
    def example(cls) -> Any:
        """Features that know the classes, and noise."""
        return two_looks()
