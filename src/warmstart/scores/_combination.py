"""What the scores of a cut mean together: the accuracy to expect of a probe there, and how far that may be off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from warmstart.learning.level import QUANTILE
from warmstart.scores import _weights
from warmstart.scores._base import Look

EDGE = 0.005
MOST_TIMES = 4.0
DRAWS = 1000


@dataclass(frozen=True)
class Expected:
    """The accuracy (0 to 1) expected of a linear probe fitted on all training rows, with its 95 % interval."""

    value: float
    low: float
    high: float


def inputs(look: Look, scores: Mapping[str, float], *, train_rows: int) -> dict[str, float]:
    """Return what the combination reads, by name: every score on a scale that means the same for every dataset.

    Parameters
    ----------
    scores : by name, all but LEEP, which most sources have not.
    train_rows : how many rows a probe will be fitted on. What more than MOST_TIMES the rows of the look
        bring was not measured, and is not counted.
    """
    codes = look.seen()[1]
    shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return {
        "linear_probe": _logit(scores["linear_probe"]),
        "neighbours": _logit(scores["neighbours"]),
        "hscore": scores["hscore"] / max(len(shares) - 1, 1),
        "nleep": float(np.exp(scores["nleep"])),
        "logme": scores["logme"] - _evidence_of_nothing(shares),
        "prior": look.card.prior,
        "depth": look.depth,
        "more_rows": float(np.log(np.clip(train_rows / len(codes), 1.0, MOST_TIMES))),
    }


def expected(found: Mapping[str, float], modality: str) -> Expected:
    """Return the accuracy that the combination's inputs promise for a modality."""
    middle = _middle(found, modality)
    half = QUANTILE * float(np.hypot(_weights.SPREAD[modality]["dataset"], _within(modality)))
    return Expected(*(float(expit(place)) for place in (middle, middle - half, middle + half)))


def regret_of_first(candidates: Sequence[Mapping[str, float]], sources: Sequence[str], modality: str) -> float:
    """Return by how much accuracy (0 to 1) the best candidate is expected to beat the first, in the mean.

    Parameters
    ----------
    candidates : the inputs of each, the one to be taken first.
    sources : the source of each.
    """
    middle = np.array([_middle(found, modality) for found in candidates])
    spread = _weights.SPREAD[modality]
    return spread["regret"] * lead_of_best(middle, sources, spread)


def lead_of_best(middle: np.ndarray, sources: Sequence[str], spread: Mapping[str, float]) -> float:
    """Return by how much accuracy the best of some candidates beats the first where they are as unsure as it seems.

    What is unsure is drawn: in part for all cuts of a source alike, in part for every cut alone. Neighbouring
    cuts are in truth less unlike than that, so that what was measured is a share of this, `spread["regret"]`.

    Parameters
    ----------
    middle : log odds of the accuracy to expect of each, the one to be taken first.
    """
    rng = np.random.default_rng(0)
    numbers = np.unique(list(sources), return_inverse=True)[1]
    shared = spread["source"] * rng.normal(size=(DRAWS, numbers.max() + 1))[:, numbers]
    drawn = expit(middle + shared + spread["cut"] * rng.normal(size=(DRAWS, len(middle))))
    return float(np.mean(drawn.max(axis=1) - drawn[:, 0]))


def has_weights(modality: str) -> bool:
    """Return whether the combination was fitted for a modality."""
    return modality in _weights.WEIGHTS


def _middle(found: Mapping[str, float], modality: str) -> float:
    """Return the log odds of the expected accuracy."""
    weights = _weights.WEIGHTS[modality]
    return weights["constant"] + sum(weights[name] * value for name, value in found.items())


def _within(modality: str) -> float:
    spread = _weights.SPREAD[modality]
    return float(np.hypot(spread["source"], spread["cut"]))


def _logit(share: float) -> float:
    return float(logit(np.clip(share, EDGE, 1 - EDGE)))


def _evidence_of_nothing(shares: np.ndarray) -> float:
    """Return what LogME gives, in nats a row, where the features tell nothing: each label a constant and noise."""
    variances = np.maximum(shares * (1 - shares), EDGE**2)
    return float(np.mean(-0.5 * (np.log(2 * np.pi * variances) + 1)))
