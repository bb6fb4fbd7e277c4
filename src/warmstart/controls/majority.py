"""Always answer with the shares of the classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.learning.linear import LinearHead
from warmstart.runtime.decode import Decoder
from warmstart.training.served import LinearModel


class Majority(Control):
    """Knows only how frequent each class is."""

    name = "majority"
    summary = "the class shares, whatever the input"
    learns = False

    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return one constant feature a row, (rows, 1)."""
        return np.zeros((len(material.dataset), 1), dtype=np.float32)

    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Count the classes, with one row added to each (Laplace)."""
        counts = np.bincount(material.codes[rows], minlength=material.classes) + 1.0
        bias = np.log(counts / counts.sum()).astype(np.float32)
        one = np.ones(1, dtype=np.float32)
        head = LinearHead(0 * one, one, np.zeros((material.classes, 1), dtype=np.float32), bias)
        return LinearModel(head, {"kind": "constant"})
