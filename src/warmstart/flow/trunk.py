"""The frozen network, in the fastest engine that agrees with torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.runtime.graph import Graph
from warmstart.training.stage_graph import StageGraph


class Trunk:
    """Runs the frozen network: in ONNX Runtime where it agrees with torch, else in torch."""

    def __init__(self, backbone: Backbone, graph: StageGraph, threads: int) -> None:
        self._backbone = backbone
        self._graph = graph
        self._threads = threads
        self._cut: dict[tuple[str, ...], Graph] = {}
        self._module: Any = None

    def run(self, feeds: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the named outputs, an array (batch, …) each.

        Parameters
        ----------
        feeds : prepared inputs of a batch, by name.
        names : of outputs: "pooled_" or "hidden_" with the number of the stage, from 1.
        """
        if not self._graph.agrees:
            return self._torch(feeds, names)
        wanted = tuple(names)
        if wanted not in self._cut:
            from warmstart.training.onnx_graph import slice_outputs

            self._cut[wanted] = Graph(slice_outputs(self._graph.read(), wanted), threads=self._threads)
        return self._cut[wanted].run(feeds, wanted)

    def _torch(self, feeds: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, np.ndarray]:
        import torch

        self._module = self._module or self._backbone.build()
        found: dict[str, np.ndarray] = {}
        with torch.no_grad():
            activation = self._module.take_up(feeds, 0)
            for number, reached in enumerate(self._module.walk(activation, 0, len(self._backbone.stages)), start=1):
                if f"pooled_{number}" in names:
                    found[f"pooled_{number}"] = self._module.pool(reached).numpy()
                if f"hidden_{number}" in names:
                    found[f"hidden_{number}"] = reached["hidden"].numpy()
        return found
