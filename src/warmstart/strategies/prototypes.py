"""Prototypes: each class is its mean feature vector, shrunk towards the mean of all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.core.representation import FeatureTable, blocks
from warmstart.learning.few_rows import columns, stage_scale, upper, widened
from warmstart.learning.linear import LinearHead
from warmstart.learning.many_rows import READ, some_places
from warmstart.learning.metrics import log_loss
from warmstart.strategies._base import Assignment, Strategy
from warmstart.training.transferred import Transferred

SHRINKAGES = (0.0, 0.25, 0.5, 0.75, 0.9)
SHARPNESSES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


class Prototypes(Strategy):
    """Nearest class mean under a shared diagonal variance, means shrunk (Tibshirani et al., PNAS 2002).

    Prototypes on frozen features are the strong simple baseline of few-shot learning (Snell et al.,
    NeurIPS 2017).
    """

    name = "prototypes"
    summary = "class means of the source's features, shrunk; made for few labels"

    def turn(self, modality: str) -> int:
        """Return the place after the probe, which is rarely worse and often better."""
        return 1

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the last stage, and all stages together."""
        last = backbone.stages[-1].name
        return [{"stages": "last", "cut": last}, {"stages": "all", "cut": last}]

    def settings_for_few(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the upper stages, each scaled as a whole."""
        return [{"stages": "upper", "cut": backbone.stages[-1].name}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Average each class; shrinkage and sharpness by cross-validated log loss."""
        start = time.perf_counter()
        names = tuple(stage.name for stage in material.backbone.stages)
        few = assignment.setting["stages"] == "upper"
        stages = names if assignment.setting["stages"] == "all" else upper(names) if few else names[-1:]
        table = material.representation.table(stages, assignment.rows)
        features = columns(table, material.backbone.modality) if few else table
        codes, some = material.codes[assignment.rows], some_places(len(assignment.rows))
        shrinkage, sharpness = (assignment.setting.get(name) for name in ("shrinkage", "sharpness"))
        if shrinkage is None or sharpness is None:
            some_features, folds = features.take(some), assignment.folds[some]
            shrinkage, sharpness = _choose(some_features, codes[some], material.classes, folds, by_stage=few)
        found = _classes(features, codes, material.classes, by_stage=few)
        head = _answering(_head(found, shrinkage), sharpness, codes)
        head = widened(head, table) if few else head
        seconds, learned = time.perf_counter() - start, {"shrinkage": shrinkage, "sharpness": sharpness}
        return Transferred(material.backbone, head, stages, len(names), seconds_=seconds, learned_=learned)


@dataclass(frozen=True)
class _Classes:
    """The mean of all rows and the scale of every feature (width,), and each class's offset (classes, width) by it."""

    mean: np.ndarray
    scale: np.ndarray
    offsets: np.ndarray


def _choose(
    features: FeatureTable, codes: np.ndarray, classes: int, folds: np.ndarray, *, by_stage: bool
) -> tuple[float, float]:
    """Return the shrinkage and sharpness with the lowest out-of-fold log loss."""
    losses: dict[tuple[float, float], float] = dict.fromkeys(itertools.product(SHRINKAGES, SHARPNESSES), 0.0)
    for fold in np.unique(folds):
        held = folds == fold
        found = _classes(features.take(np.flatnonzero(~held)), codes[~held], classes, by_stage=by_stage)
        nearness = _head(found, 0.0)
        # Without its bias a head is linear in the offsets, so that the rows are read once for all pairs.
        along = nearness.logits(features.take(np.flatnonzero(held))) - nearness.bias
        for shrinkage, sharpness in losses:
            left = 1 - shrinkage
            scores = sharpness * (left * along + left**2 * nearness.bias) + _log_shares(codes[~held], classes)
            losses[shrinkage, sharpness] += log_loss(codes[held], softmax(scores, axis=1)) * held.sum()
    return min(losses, key=lambda pair: losses[pair])


def _classes(features: FeatureTable, codes: np.ndarray, classes: int, *, by_stage: bool) -> _Classes:
    """Return where the classes lie, in features scaled by the variance within classes, of each or of a whole stage."""
    grand = _mean(features)
    there = [np.flatnonzero(codes == code) for code in range(classes)]
    centres = np.stack([_mean(features.take(rows)) if len(rows) else grand for rows in there])
    spread = np.sqrt(_mean(features, lambda rows, part: (rows - centres[codes[part]]) ** 2))
    if by_stage:
        scale = stage_scale(spread, [values.shape[1] for values in features.arrays])
    else:
        scale = (spread + 1e-3 * spread.mean() + 1e-6) * np.sqrt(features.width)
    return _Classes(grand, scale, (centres - grand) / scale)


def _head(found: _Classes, shrinkage: float) -> LinearHead:
    """Return the linear form of the nearest shrunk mean: 2 x·m - |m|²."""
    offsets = found.offsets * (1 - shrinkage)
    parts = (found.mean, found.scale, 2 * offsets, -(offsets**2).sum(axis=1))
    return LinearHead(*(part.astype(np.float32) for part in parts))


def _mean(
    features: FeatureTable, of: Callable[[np.ndarray, slice], np.ndarray] = lambda rows, part: rows
) -> np.ndarray:
    """Return the mean (width,) over all rows of what a function makes of some of them."""
    total = np.zeros((0, features.width))
    for part in blocks(len(features), READ):
        # The sum so far comes first, so that the order of additions is that of one sum over all rows.
        total = np.concatenate([total, of(features[part], part)]).sum(axis=0, keepdims=True)
    return np.asarray(total[0] / len(features), dtype=np.float32)


def _answering(head: LinearHead, sharpness: float, codes: np.ndarray) -> LinearHead:
    """Return the head with all distances multiplied, and the shares of the classes added."""
    bias = sharpness * head.bias + _log_shares(codes, len(head.bias))
    return LinearHead(head.mean, head.scale, head.weight * np.float32(sharpness), bias.astype(np.float32))


def _log_shares(codes: np.ndarray, classes: int) -> np.ndarray:
    """Return the log of each class's share (classes,), as if there were one row more of each."""
    return np.log((np.bincount(codes, minlength=classes) + 1.0) / (len(codes) + classes))
