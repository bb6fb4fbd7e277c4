"""Confident learning: which labels are probably wrong (Northcutt, Jiang & Chuang, JAIR 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LabelDoubts:
    """Rows by how much a model that never saw them doubts their label, the most doubtful first.

    Parameters
    ----------
    order : row numbers, (rows,): by the probability of the given class minus that of the likeliest other.
    suggested : the likeliest other class of every row, (rows,).
    confident : whether the model is confident of another class, (rows,): as sure of it as it is, on
        average, of rows that are labelled so.
    """

    order: np.ndarray
    suggested: np.ndarray
    confident: np.ndarray

    @property
    def suspects(self) -> np.ndarray:
        """Row numbers of which another class is confidently suggested, the most doubtful first."""
        return self.order[self.confident[self.order]]


def doubt_labels(given: np.ndarray, proba: np.ndarray) -> LabelDoubts:
    """Return which labels are doubtful.

    Parameters
    ----------
    given : class codes (rows,).
    proba : out-of-fold probabilities (rows, classes), from models that never saw the row.
    """
    rows = np.arange(len(given))
    others = proba.copy()
    others[rows, given] = -np.inf
    suggested = others.argmax(axis=1)
    margin = proba[rows, given] - proba[rows, suggested]
    sure = _confident_class(given, proba)
    return LabelDoubts(np.argsort(margin, kind="stable"), suggested, (sure >= 0) & (sure != given))


def _confident_class(given: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the class (rows,) of which the model is confident, the likeliest of several; -1 for none."""
    there = np.unique(given)
    thresholds = np.full(proba.shape[1], np.inf)
    thresholds[there] = [proba[given == code, code].mean() for code in there]
    above = np.where(proba >= thresholds, proba, -np.inf)
    return np.where(np.isfinite(above.max(axis=1)), above.argmax(axis=1), -1)
