"""The features that rows are compared in: what most stages of a network see, not the last alone.

The last stages keep what tells apart the classes that a network was trained on; what tells others from them is still
there below (Lee et al., NeurIPS 2018, who take features of all layers to find what is strange; Kornblith et al., "Why
do better loss functions lead to less transferable features?", NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warmstart.core.feature_reference import scaled


def embedded(stages: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all stages but the lowest quarter, whose maps are the largest and tell the least."""
    return tuple(stages[len(stages) // 4 :])


def side_by_side(pooled: Sequence[np.ndarray]) -> np.ndarray:
    """Return the means among pooled features, each stage's scaled to length one, side by side (rows, width).

    Parameters
    ----------
    pooled : of every embedded stage (rows, 2 x width): means over positions, then maxima.
    """
    return np.concatenate([scaled(features[:, : features.shape[1] // 2]) for features in pooled], axis=1)
