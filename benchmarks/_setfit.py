"""SetFit as its documentation shows it: one epoch over all pairs of some labelled texts, then its head."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from _data import CLASSES
from _networks import minilm_folder
from _rounds import Work

from warmstart.errors import NotApplicable


@dataclass(frozen=True)
class SetFit:
    """A trained model, and the seconds that its training took, imports and loading left out."""

    model: Any
    training: float

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Return the labels (texts,) that it answers."""
        return np.array(CLASSES)[np.asarray(self.model.predict(list(texts)))]


def trained(work: Work, texts: Sequence[str], labels: Sequence[str], *, each: int | None = None) -> SetFit:
    """Train all-MiniLM-L6-v2 with SetFit's defaults.

    Parameters
    ----------
    each : draw so many texts of every class; all by default.

    Raises
    ------
    NotApplicable : it is not installed, or does not import beside the installed transformers.
    """
    try:
        from setfit import SetFitModel, Trainer, TrainingArguments, sample_dataset
    except ImportError as error:
        raise NotApplicable(f"setfit does not import here: {error}") from None
    from datasets import Dataset

    rows = Dataset.from_dict({"text": list(texts), "label": [CLASSES.index(label) for label in labels]})
    if each is not None:
        rows = sample_dataset(rows, label_column="label", num_samples=each, seed=work.round)
    model = SetFitModel.from_pretrained(minilm_folder())
    with tempfile.TemporaryDirectory(dir=work.folder) as out:
        trainer = Trainer(model=model, args=TrainingArguments(out, seed=work.round), train_dataset=rows)
        start = time.perf_counter()
        trainer.train()
        return SetFit(model, time.perf_counter() - start)
