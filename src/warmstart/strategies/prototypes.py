"""Prototypes: each class is its mean feature vector, shrunk towards the mean of all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.learning.linear import LinearHead
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

    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the last stage, and all stages together."""
        last = backbone.stages[-1].name
        return [{"stages": "last", "cut": last}, {"stages": "all", "cut": last}]

    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Average each class; shrinkage and sharpness by cross-validated log loss."""
        start = time.perf_counter()
        names = tuple(stage.name for stage in material.backbone.stages)
        stages = names if assignment.setting["stages"] == "all" else names[-1:]
        features = material.representation.features(stages, assignment.rows)
        codes = material.codes[assignment.rows]
        shrinkage, sharpness = _choose(features, codes, material.classes, assignment.folds)
        head = _answering(_prototypes(features, codes, material.classes, shrinkage), sharpness, codes)
        return Transferred(material.backbone, head, stages, len(names), seconds_=time.perf_counter() - start)


def _choose(features: np.ndarray, codes: np.ndarray, classes: int, folds: np.ndarray) -> tuple[float, float]:
    """Return the shrinkage and sharpness with the lowest out-of-fold log loss."""
    losses: dict[tuple[float, float], float] = dict.fromkeys(
        ((shrinkage, sharpness) for shrinkage in SHRINKAGES for sharpness in SHARPNESSES), 0.0
    )
    for fold in np.unique(folds):
        held = folds == fold
        for shrinkage in SHRINKAGES:
            head = _prototypes(features[~held], codes[~held], classes, shrinkage)
            for sharpness in SHARPNESSES:
                proba = _answering(head, sharpness, codes[~held]).proba(features[held])
                losses[shrinkage, sharpness] += log_loss(codes[held], proba) * held.sum()
    return min(losses, key=lambda pair: losses[pair])


def _prototypes(features: np.ndarray, codes: np.ndarray, classes: int, shrinkage: float) -> LinearHead:
    """Return the linear form of nearest-mean: 2 x·m - |m|² in features scaled by the variance within classes."""
    grand = features.mean(axis=0)
    there = [codes == code for code in range(classes)]
    means = np.stack([features[mask].mean(axis=0) if mask.any() else grand for mask in there])
    spread = np.sqrt(np.mean((features - means[codes]) ** 2, axis=0))
    scale = (spread + 1e-3 * spread.mean() + 1e-6) * np.sqrt(features.shape[1])
    offsets = (means - grand) / scale * (1 - shrinkage)
    bias = -(offsets**2).sum(axis=1)
    return LinearHead(
        grand.astype(np.float32), scale.astype(np.float32), (2 * offsets).astype(np.float32), bias.astype(np.float32)
    )


def _answering(head: LinearHead, sharpness: float, codes: np.ndarray) -> LinearHead:
    """Return the head with all distances multiplied, and the shares of the classes added."""
    classes = len(head.bias)
    priors = (np.bincount(codes, minlength=classes) + 1.0) / (len(codes) + classes)
    bias = sharpness * head.bias + np.log(priors)
    return LinearHead(head.mean, head.scale, head.weight * np.float32(sharpness), bias.astype(np.float32))
