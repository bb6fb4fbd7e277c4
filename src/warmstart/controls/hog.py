"""The careful classical recipe for images: gradients and colours, and a regularised linear model."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import FeatureTable, let_go
from warmstart.errors import NotApplicable
from warmstart.learning.linear import PENALTIES, fit_logistic
from warmstart.runtime.decode import Decoder
from warmstart.runtime.prepare import preparation, prepared_batches
from warmstart.training.served import LinearModel

RECIPE = {"kind": "hog"}
TOGETHER = 64


class Hog(Control):
    """Histograms of oriented gradients and of colours (Dalal & Triggs, CVPR 2005) with logistic regression."""

    name = "hog"
    summary = "gradients and colours (HOG) with a regularised linear model"
    start_seconds: ClassVar[Mapping[str, float]] = {"image": 1.5}
    row_seconds: ClassVar[Mapping[str, float]] = {"image": 0.006}

    def applies(self, material: Material) -> None:
        """Images only."""
        if material.dataset.modality != "image":
            raise NotApplicable(f"HOG describes images, and the inputs are of kind '{material.dataset.modality}'.")

    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return the features of every row, (rows, width) of float32; zeros where a file is no longer readable."""
        cells = material.dataset.inputs[0].cells
        found: np.ndarray | None = None
        for rows, made in prepared_batches(preparation(RECIPE, {}), cells, decoder, TOGETHER):
            if found is None and len(made.kept):
                found = zeros_on_disk((len(cells), made.feeds["features"].shape[1]))
            if found is not None and len(made.kept):
                found[rows[made.kept]] = made.feeds["features"]
                let_go(found)
            progress("control hog", int(rows[-1]) + 1, len(cells))
        return np.zeros((len(cells), 1), np.float32) if found is None else found

    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Fit the linear model, its penalty by cross-validation."""
        start = time.perf_counter()
        penalties = (terms.learned["penalty"],) if terms.learned else PENALTIES
        codes = material.codes[rows]
        features = FeatureTable((prepared,), rows)
        head, penalty = fit_logistic(features, codes, material.classes, terms.folds, penalties=penalties)
        return LinearModel(head, RECIPE, seconds_=time.perf_counter() - start, learned_={"penalty": penalty})


def zeros_on_disk(shape: tuple[int, int]) -> np.ndarray:
    """Return an array of float32 in a file that is gone when it is no longer used: features take 15 KB an image."""
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
