"""The graph of a source with all of its stages, exported once and kept in the cache with its agreement with torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.runtime.graph import Graph
from warmstart.store import strict_json
from warmstart.store.cache import Cache
from warmstart.store.hashing import content_address

if TYPE_CHECKING:
    from warmstart.training.stages import StagedModule

VERSION = 1
TOLERANCE = 1e-3


@dataclass(frozen=True)
class StageGraph:
    """An exported source.

    Parameters
    ----------
    file : the model, with outputs "pooled_<i>" and "hidden_<i>" after every stage.
    difference : largest difference of a pooled feature from torch's, as a share of the largest feature.
    rows : how many rows that was measured on.
    """

    file: Path
    difference: float
    rows: int

    @property
    def agrees(self) -> bool:
        """Whether the graph may stand in for the network."""
        return self.difference <= TOLERANCE

    def read(self) -> bytes:
        """Return the serialised model."""
        return self.file.read_bytes()


def stage_graph(
    backbone: Backbone, cache: Cache, *, sample: Callable[[], Mapping[str, np.ndarray]] | None = None, threads: int = 1
) -> StageGraph:
    """Return the source's graph, from the cache where it is; torch is imported only where it is not.

    Parameters
    ----------
    sample : gives prepared inputs of a few real rows, on which agreement is measured; made up by default.
    threads : how many the measuring may use.
    """

    def build(folder: Path) -> None:
        from warmstart.training.onnx_graph import agreement, export_stages

        module = backbone.build()
        model = export_stages(module, made_up(backbone.preparation))
        (folder / "stages.onnx").write_bytes(model)
        rows = dict(sample()) if sample is not None else made_up(backbone.preparation)
        difference = agreement(module, Graph(model, threads=threads), rows)
        measured = {"difference": difference, "rows": len(next(iter(rows.values()))), "real": sample is not None}
        strict_json.save(folder / "agreement.json", {**measured, "tolerance": TOLERANCE})

    folder = cache.get_or_build("graphs", graph_key(backbone), build)
    measured: Any = strict_json.load(folder / "agreement.json")
    return StageGraph(folder / "stages.onnx", float(measured["difference"]), int(measured["rows"]))


def network_graph(backbone: Backbone, module: StagedModule | None = None, *, cache: Cache | None = None) -> bytes:
    """Return the source's graph with the weights of a trained copy of its network; nothing is exported twice.

    Parameters
    ----------
    module : the copy, from `backbone.build()` and then trained; the source's own weights by default.
    """
    graph = stage_graph(backbone, cache or Cache()).read()
    if module is None:
        return graph
    from warmstart.training.onnx_graph import with_weights

    return with_weights(graph, module)


def graph_key(backbone: Backbone) -> str:
    """Return the content address of a source's graph: its weights, its network and its input size."""
    card = backbone.card
    parts: dict[str, Any] = {
        "version": VERSION,
        "weights": card.sha256,
        "architecture": card.architecture,
        "parameters": card.parameters,
        "size": backbone.preparation.get("size"),
    }
    return content_address(parts)[:40]


def made_up(preparation: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return two rows of prepared inputs of the right shape with nothing in them."""
    return _MADE_UP[str(preparation["kind"])](preparation)


def _pixels(preparation: Mapping[str, Any]) -> dict[str, np.ndarray]:
    height, width = preparation["size"]
    return {"pixels": np.random.default_rng(0).integers(0, 256, (2, height, width, 3)).astype(np.uint8)}


def _tokens(preparation: Mapping[str, Any]) -> dict[str, np.ndarray]:
    mask = np.ones((2, 8), dtype=np.int64)
    mask[1, 5:] = 0
    return {"input_ids": np.arange(16, dtype=np.int64).reshape(2, 8) % 5, "attention_mask": mask}


_MADE_UP: dict[str, Callable[[Mapping[str, Any]], dict[str, np.ndarray]]] = {"image": _pixels, "text": _tokens}
