"""A linear probe: how well a linear model of the features answers rows it did not see."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learning.ridge import leave_one_out_accuracy
from warmstart.scores._base import Look, Score
from warmstart.scores._example import two_looks


class LinearProbe(Score):
    """Leave-one-out accuracy of ridge classification in closed form.

    The statistic is Allen's PRESS (Technometrics 16, 1974); as a proxy for transfer, a linear probe is the
    task-aware search of Renggli et al. (Which model to transfer?, CVPR 2022).
    """

    name = "linear_probe"
    summary = "leave-one-out accuracy of ridge classification, in closed form"

    def score(self, look: Look) -> float:
        """Return the best leave-one-out accuracy over penalties, 0 to 1."""
        features, codes = look.seen()
        return leave_one_out_accuracy(features, np.unique(codes, return_inverse=True)[1])

    @classmethod
    def example(cls) -> Any:
        """Features that know the classes, and noise."""
        return two_looks()
