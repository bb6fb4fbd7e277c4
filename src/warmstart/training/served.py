"""A linear head on features that need no backbone, as a control delivers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from warmstart.core.adapted import Adapted, Deliverable
from warmstart.core.representation import FeatureTable, read_rows
from warmstart.learning.linear import LinearHead


@dataclass
class LinearModel(Adapted):
    """A linear head over a table of features.

    Parameters
    ----------
    head : the fitted head.
    preparation, assets : how the runtime makes the same features from an input.
    seconds_ : what fitting cost.
    """

    embedded: ClassVar[bool] = True
    """Whether the delivered graph gives the features back, as what new rows are compared with."""

    head: LinearHead
    preparation: Mapping[str, Any]
    assets: Mapping[str, bytes] = field(default_factory=dict)
    seconds_: float = 0.0
    history_: list[dict[str, float]] = field(default_factory=list)
    learned_: Mapping[str, Any] = field(default_factory=dict)

    def predict_proba(self, inputs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return probabilities (rows, classes) from a feature table (all rows, width)."""
        return self.head.proba(FeatureTable((inputs,), rows))

    def embedding(self, inputs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the features themselves, (rows, width)."""
        return read_rows(inputs, rows)

    def deliver(self, temperature: float = 1.0) -> Deliverable:
        """Return the head as a graph over the prepared features."""
        from warmstart.training.onnx_graph import linear_graph

        tensors = {f"head.{name}": value for name, value in self.head.tensors().items()}
        graph = linear_graph(
            len(self.head.mean), **self.head.tensors(), temperature=temperature, embedded=self.embedded
        )
        return Deliverable(self.preparation, graph, self.assets, tensors, {"architecture": "linear"})
