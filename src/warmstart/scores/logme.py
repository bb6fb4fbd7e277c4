"""LogME: the evidence for a linear model of the labels on the features."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.scores._base import Look, Score
from warmstart.scores._example import two_looks

ROUNDS = 100
CLOSE = 1e-3
FLOOR = 1e-9


class LogME(Score):
    """You et al., LogME: practical assessment of pre-trained models for transfer learning, ICML 2021.

    The maximum is found by the fixed point iteration of their later paper (arXiv 2110.10545).
    """

    name = "logme"
    summary = "log evidence of a Bayesian linear model of the labels"

    def score(self, look: Look) -> float:
        """Return the log evidence a row, the mean over one-against-the-rest labels, in nats."""
        codes, seen = look.seen()[1], look.spectrum
        labels = (codes[:, None] == np.unique(codes)).astype(np.float64)
        return float(np.mean([_evidence(seen.vectors, seen.squares, column) for column in labels.T]))

    @classmethod
    def example(cls) -> Any:
        """Features that know the classes, and noise."""
        return two_looks()


def _evidence(vectors: np.ndarray, squares: np.ndarray, labels: np.ndarray) -> float:
    """Return the largest log evidence a row, over the precisions of the weights and of the noise."""
    if not len(squares):
        vectors, squares = np.zeros((len(labels), 1)), np.ones(1)
    centred = labels - labels.mean()
    explained = (vectors.T @ centred) ** 2
    beyond = max(float(centred @ centred - explained.sum()), 0.0)
    weights, noise = 1.0, 1.0
    for _ in range(ROUNDS):
        ratio = weights / noise
        effective = np.sum(squares / (squares + ratio))
        size = np.sum(squares * explained / (squares + ratio) ** 2)
        residual = np.sum(explained * (ratio / (squares + ratio)) ** 2) + beyond
        weights, noise = effective / (size + FLOOR), (len(labels) - effective) / (residual + FLOOR)
        if abs(weights / noise / ratio - 1) < CLOSE:
            break
    log_volume = np.sum(np.log(weights) - np.log(weights + noise * squares))
    fit = len(labels) * np.log(noise / (2 * np.pi)) - noise * residual - weights * size
    return float(0.5 * (log_volume + fit) / len(labels))
