"""What is read of a source where rows are few: its upper stages, each scaled as a whole, under a fixed prior.

Of a dozen rows the spread of a single feature is mostly chance. One number a stage keeps the directions in
which the source itself tells inputs apart. Maxima over the tokens of a text are mostly chance as well;
maxima over the positions of an image are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmstart.core.representation import FeatureTable
from warmstart.learning.linear import LinearHead, solve
from warmstart.learning.rotation import moments

UPPER = 0.4
"""Share of the stages that is read, from the last one down."""

PRIOR = 0.1
"""L2 penalty on weights against the sum of the log losses of all rows, which have length one on average."""

FLOOR = 1e-6


@dataclass(frozen=True)
class FewRows:
    """A head fitted on few rows, and the penalty a row that the prior makes of so many."""

    head: LinearHead
    penalty: float


def upper(stages: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the upper stages, at least that of the last."""
    return tuple(stages[-max(1, round(UPPER * len(stages))) :])


def columns(features: FeatureTable, modality: str) -> FeatureTable:
    """Return what is read of pooled features: of texts the first half of every stage's columns, which are means."""
    if modality != "text":
        return features
    return replace(features, arrays=tuple(values[:, : values.shape[1] // 2] for values in features.arrays))


def stage_scale(spread: np.ndarray, widths: Sequence[int]) -> np.ndarray:
    """Return by what every column is divided (width,), one number a stage, so that rows have length one on average.

    Parameters
    ----------
    spread : of every column (width,), in standard deviations.
    widths : how many columns each stage has.
    """
    lengths = [np.sqrt(np.square(part).sum()) for part in np.split(spread, np.cumsum(widths)[:-1])]
    return np.repeat(np.add(lengths, FLOOR) * np.sqrt(len(widths)), widths)


def fit_few(features: FeatureTable, codes: np.ndarray, classes: int, modality: str) -> FewRows:
    """Fit multinomial logistic regression on few rows under a fixed prior, so that nothing is chosen on them.

    Parameters
    ----------
    features : pooled features of some stages, (rows, width), an array a stage.
    codes : class codes (rows,).
    modality : of the inputs.

    Returns
    -------
    The head is over all columns of the features; those that are not read have a weight of 0.
    """
    read = columns(features, modality)
    mean, spread = moments(read)
    scale = stage_scale(spread, [values.shape[1] for values in read.arrays])
    penalty = PRIOR / len(codes)
    weight, bias = solve((read[:] - mean) / scale, codes, classes, penalty)
    parts = (part.astype(np.float32) for part in (mean, scale, weight, bias))
    return FewRows(widened(LinearHead(*parts), features), penalty)


def widened(head: LinearHead, features: FeatureTable) -> LinearHead:
    """Return a head over the columns that are read as one over all columns of the features."""
    if len(head.mean) == features.width:
        return head
    is_mean = np.concatenate([np.arange(values.shape[1]) < values.shape[1] // 2 for values in features.arrays])
    mean, scale = np.zeros(len(is_mean), np.float32), np.ones(len(is_mean), np.float32)
    weight = np.zeros((len(head.weight), len(is_mean)), np.float32)
    mean[is_mean], scale[is_mean], weight[:, is_mean] = head.mean, head.scale, head.weight
    return LinearHead(mean, scale, weight, head.bias)
