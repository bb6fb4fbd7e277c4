"""H-score: how much of what the features vary by is between the classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.scores._base import Look, Score
from warmstart.scores._example import two_looks


class HScore(Score):
    """Bao et al., An information-theoretic approach to transferability in task transfer learning, ICIP 2019.

    The covariance is shrunk as Ibrahim et al. do it (Newer is not always better, arXiv 2110.06893), since a
    look has fewer rows than features.
    """

    name = "hscore"
    summary = "variance between classes over all variance, with a shrunk covariance"

    def score(self, look: Look) -> float:
        """Return trace(covariance⁻¹ covariance of the class means): 0 to classes - 1."""
        from sklearn.covariance import ledoit_wolf_shrinkage

        codes, seen = look.seen()[1], look.spectrum
        shrinkage = float(ledoit_wolf_shrinkage(seen.features, assume_centered=True))
        rows, width = seen.features.shape
        variances = seen.squares / rows
        shrunk = (1 - shrinkage) * variances + shrinkage * variances.sum() / width
        turned = seen.vectors * np.sqrt(seen.squares)
        between = sum(np.mean(codes == code) * turned[codes == code].mean(axis=0) ** 2 for code in np.unique(codes))
        return float((1 - shrinkage) * np.sum(between / shrunk))

    @classmethod
    def example(cls) -> Any:
        """Features that know the classes, and noise."""
        return two_looks()
