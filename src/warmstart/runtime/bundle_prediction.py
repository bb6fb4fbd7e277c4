"""What a bundle answers: probabilities, the classes decided from them, and how unlike the training rows an input is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.decision import decide
from warmstart.core.feature_reference import FeatureReference
from warmstart.errors import BundleError
from warmstart.runtime.predictor import Prediction
from warmstart.runtime.sealed_folder import REMEDY


@dataclass(frozen=True)
class Labels:
    """The class names in the order of the graph's scores, and how a class is decided from them.

    Parameters
    ----------
    weights : decision weights (classes,), fitted on validation; ones where nothing was fitted.
    temperature : by what the graph's logits were softened; it is inside the graph already.
    abstain_below : the probability below which an answer is better not given; 0 where there is none.
    """

    classes: tuple[str, ...]
    weights: np.ndarray
    temperature: float
    abstain_below: float = 0.0


@dataclass(frozen=True)
class BundlePrediction:
    """Answers for every input, in order.

    Parameters
    ----------
    classes : the class names, in the order of the columns of `proba`.
    proba : calibrated probabilities (inputs, classes), float32; not a number where an input failed.
    codes : decided classes (inputs,), -1 where an input failed.
    failed : the reason for every input that could not be read, by its number.
    p_values : how likely an input like the training rows is as far from them (inputs,); not a number where an
        input failed, or the bundle has no feature reference.
    columns : where the feature reference has them (inputs, its columns + 1); None where they were not asked for, or
        there is no such reference.
    """

    classes: tuple[str, ...]
    proba: np.ndarray
    codes: np.ndarray
    failed: Mapping[int, str]
    p_values: np.ndarray
    columns: np.ndarray | None = None


def decided(
    found: Prediction, labels: Labels, count: int, known: FeatureReference | None, *, columns: bool
) -> BundlePrediction:
    """Return what was answered for some of so many inputs, decided, with where they lie among known features.

    Raises
    ------
    BundleError : the scores or the features are not what the labels and the reference are for.
    """
    proba = np.full((count, len(labels.classes)), np.nan, dtype=np.float32)
    codes = np.full(count, -1, dtype=np.int64)
    p_values = np.full(count, np.nan)
    lie = None if known is None or not columns else np.full((count, known.means.shape[1] + 1), np.nan, np.float32)
    if len(found.kept):
        _check_scores(found.scores, len(labels.classes))
        proba[found.kept] = found.scores
        codes[found.kept] = decide(found.scores, labels.weights)
        if known is not None:
            there = _columns(known, found.embedding)
            p_values[found.kept] = known.p_values_of_columns(there)
            if lie is not None:
                lie[found.kept] = there
    return BundlePrediction(labels.classes, proba, codes, found.failed, p_values, lie)


def one_after_the_other(parts: Sequence[BundlePrediction]) -> BundlePrediction:
    """Return the answers for inputs that were taken a part at a time."""
    starts = np.cumsum([0, *(len(part.codes) for part in parts)]).tolist()
    columns = [part.columns for part in parts if part.columns is not None]
    return BundlePrediction(
        parts[0].classes,
        np.concatenate([part.proba for part in parts]),
        np.concatenate([part.codes for part in parts]),
        {start + row: why for start, part in zip(starts, parts, strict=False) for row, why in part.failed.items()},
        np.concatenate([part.p_values for part in parts]),
        np.concatenate(columns) if columns else None,
    )


def _columns(known: FeatureReference, embedding: np.ndarray) -> np.ndarray:
    if embedding.shape[1] != len(known.centre):
        raise BundleError(
            f"The feature reference must be of the graph's {embedding.shape[1]} features. "
            f"It is of {len(known.centre)}. {REMEDY}"
        )
    return known.columns(embedding)


def _check_scores(scores: np.ndarray, classes: int) -> None:
    if scores.ndim != 2 or scores.shape[1] != classes:
        raise BundleError(f"The graph must give {classes} scores an input. Got shape {scores.shape}. {REMEDY}")
    if not np.isfinite(scores).all():
        raise BundleError(f"The graph must give finite scores. It gave some that are not. {REMEDY}")
