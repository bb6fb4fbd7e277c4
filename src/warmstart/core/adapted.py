"""What a strategy or a control returns: a model of the task, and what is needed to ship it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from warmstart.errors import NotApplicable


@dataclass(frozen=True)
class Deliverable:
    """A model as plain data: what the bundle writes and the runtime runs.

    Parameters
    ----------
    preparation : how an input becomes the graph's input (`preprocess.json`).
    graph : an ONNX model whose outputs are "scores" (rows, classes), calibrated probabilities, and, unless distances
        among its features say nothing, "embedding" (rows, width).
    assets : files that preparing needs, by name.
    tensors : weights to go on training, by name.
    config : the architecture's catalog name and typed parameters, stages read by the head, cut.
    """

    preparation: Mapping[str, Any]
    graph: bytes
    assets: Mapping[str, bytes] = field(default_factory=dict)
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)


class Adapted(ABC):
    """A fitted model of the task.

    Attributes
    ----------
    history_ : one row per epoch (or step) of training, plain values; empty for closed forms.
    seconds_ : what fitting cost.
    learned_ : choices made on validation rows, which fitting again on all rows repeats.
    """

    history_: list[dict[str, float]]
    seconds_: float
    learned_: Mapping[str, Any]

    @abstractmethod
    def predict_proba(self, inputs: Any, rows: np.ndarray) -> np.ndarray:
        """Return uncalibrated class probabilities (rows, classes) for rows of the inputs it was fitted on.

        Parameters
        ----------
        inputs : a Representation for a strategy, what `Control.prepare` gave for a control.
        rows : row numbers.
        """

    def embedding(self, inputs: Any, rows: np.ndarray) -> np.ndarray:
        """Return what the delivered graph gives as "embedding" for rows of the inputs it was fitted on, (rows, width).

        Raises
        ------
        NotApplicable : it has no features that a distance could be measured in.
        """
        raise NotApplicable("what it reads has no features that a distance could be measured in.")

    @property
    def learned_features(self) -> bool:
        """Whether its embedding of a row depends on the rows that it was fitted on."""
        return False

    def average(self, others: Sequence[Adapted]) -> Adapted:
        """Return the model whose weights are the mean of this one's and the others'.

        Raises
        ------
        NotApplicable : it has no weights that could be averaged.
        """
        raise NotApplicable("what it learned is not the weights of a network.")

    @abstractmethod
    def deliver(self, temperature: float = 1.0) -> Deliverable:
        """Return the model as plain data, its probabilities softened by the temperature."""
