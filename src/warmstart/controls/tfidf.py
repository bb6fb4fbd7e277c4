"""The careful classical recipe for texts: weighted words and characters, and a regularised linear model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.special import softmax

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.errors import NotApplicable
from warmstart.learning.linear import LinearHead, constant_rows, head_rows
from warmstart.learning.many_rows import some_places
from warmstart.learning.metrics import log_loss
from warmstart.learning.term_counts import Weighting, count_terms, weigh
from warmstart.runtime.decode import Decoder
from warmstart.runtime.tfidf import describe_vectorizers, vectorizer_of
from warmstart.training.served import LinearModel

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass
class TfidfModel(LinearModel):
    """A linear head over sparse TF-IDF features.

    Parameters
    ----------
    weighting : which terms are kept, and how much each weighs.
    """

    embedded: ClassVar[bool] = False

    weighting: Weighting = field(kw_only=True)

    def predict_proba(self, inputs: Any, rows: np.ndarray) -> np.ndarray:
        """Return probabilities (rows, classes) of the texts that `prepare` counted."""
        return _proba(self.head, self.weighting.features(inputs, rows))

    def embedding(self, inputs: Any, rows: np.ndarray) -> np.ndarray:
        """Raise NotApplicable: distances among tens of thousands of rare terms say nothing."""
        raise NotApplicable("TF-IDF knows words by name, and has no features that a distance could be measured in.")


class Tfidf(Control):
    """TF-IDF of words (1-2) and of characters within words (2-5), with logistic regression."""

    name = "tf-idf"
    summary = "words and characters (TF-IDF) with logistic regression"
    start_seconds: ClassVar[Mapping[str, float]] = {"text": 1.0}
    row_seconds: ClassVar[Mapping[str, float]] = {"text": 0.0006}

    def applies(self, material: Material) -> None:
        """Texts only."""
        if material.dataset.modality != "text":
            raise NotApplicable(f"TF-IDF reads texts, and the inputs are of kind '{material.dataset.modality}'.")

    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return how often every term occurs in every text; which of them count, the fitted rows alone say."""
        progress("control tf-idf", 0, 1)
        counted = count_terms(material.dataset.inputs[0].cells)
        progress("control tf-idf", 1, 1)
        return counted

    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Weigh the terms and fit the linear model, its strength by cross-validation."""
        start = time.perf_counter()
        codes, some = material.codes[rows], some_places(len(rows))
        weighting = weigh(prepared, rows)
        features = weighting.features(prepared, rows)
        strength = terms.learned.get("strength")
        if strength is None:
            strength = _choose(features[some], codes[some], material.classes, terms.folds[some])
        head = _fit(features, codes, material.classes, strength)
        config, assets = describe_vectorizers([vectorizer_of(*one) for one in weighting.vocabularies(prepared)])
        seconds, learned = time.perf_counter() - start, {"strength": strength}
        return TfidfModel(head, config, assets, seconds_=seconds, learned_=learned, weighting=weighting)


def _choose(features: Any, codes: np.ndarray, classes: int, folds: np.ndarray) -> float:
    """Return the strength with the lowest out-of-fold log loss."""
    losses = {}
    for strength in STRENGTHS:
        proba = np.zeros((len(codes), classes))
        for fold in np.unique(folds):
            held = folds == fold
            proba[held] = _proba(_fit(features[~held], codes[~held], classes, strength), features[held])
        losses[strength] = log_loss(codes, proba)
    return min(losses, key=lambda strength: losses[strength])


def _fit(features: Any, codes: np.ndarray, classes: int, strength: float) -> LinearHead:
    """Return a logistic regression as a head over unscaled features; of one class alone it always answers that."""
    from sklearn.linear_model import LogisticRegression

    width = features.shape[1]
    weight, bias = constant_rows(codes, classes, width)
    if len(np.unique(codes)) > 1:
        weight, bias = head_rows(LogisticRegression(C=strength, max_iter=500, tol=1e-3).fit(features, codes), classes)
    return LinearHead(
        np.zeros(width, np.float32), np.ones(width, np.float32), weight.astype(np.float32), bias.astype(np.float32)
    )


def _proba(head: LinearHead, features: Any) -> np.ndarray:
    """Return probabilities (rows, classes) from sparse features."""
    return np.asarray(softmax((features @ head.weight.T + head.bias).astype(np.float64), axis=1))
