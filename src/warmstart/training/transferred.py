"""A source adapted to a task: a linear head on pooled stages, above a trunk that may have changed from a cut on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.adapted import Adapted, Deliverable
from warmstart.core.backbone import Backbone
from warmstart.core.representation import FeatureTable, Representation, read_rows
from warmstart.learning.embedding import embedded, side_by_side
from warmstart.learning.linear import LinearHead
from warmstart.runtime.length_batches import length_batches

if TYPE_CHECKING:
    import torch

    from warmstart.training.stages import StagedModule

PREDICT_ROWS = 64
FROM_INPUT = 8
"""Rows that go through a whole network at a time: unpooled activations of all stages are large."""


@dataclass
class Transferred(Adapted):
    """A head on the pooled features of some stages of a backbone.

    Parameters
    ----------
    backbone : the source.
    head : the fitted head, over the stages' features side by side.
    stages : the stages that the head reads, in order.
    cut : stages from here on carry `weights` instead of the source's.
    weights : changed tensors by their names in the network; empty where the source is intact.
    seconds_, history_ : what fitting cost, and a row an epoch.
    others : further heads over the same features; probabilities are the mean of all of theirs.
    """

    backbone: Backbone
    head: LinearHead
    stages: tuple[str, ...]
    cut: int
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    seconds_: float = 0.0
    history_: list[dict[str, float]] = field(default_factory=list)
    learned_: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[LinearHead, ...] = ()

    @cached_property
    def module(self) -> StagedModule:
        """The network with the changed weights, in evaluation mode."""
        return self._loaded(self.backbone.build())

    def take(self, network: StagedModule) -> None:
        """Answer with a network of the same backbone that is built already, from now until another model takes it.

        Parameters
        ----------
        network : with the source's weights, or with those of a model in which the same tensors have changed.
        """
        self.module = self._loaded(network)

    def predict_proba(self, inputs: Representation, rows: np.ndarray) -> np.ndarray:
        """Return uncalibrated probabilities (rows, classes)."""
        if not self.weights:
            return self._proba(inputs.table(self.stages, rows))
        proba = np.empty((len(rows), len(self.head.bias)))
        for places, features in self._above(inputs, rows, self.stages):
            proba[places] = self._proba(features)
        return proba

    def embedding(self, inputs: Representation, rows: np.ndarray) -> np.ndarray:
        """Return what most stages see, as `side_by_side` gives it, (rows, width)."""
        stages = embedded([stage.name for stage in self.backbone.stages])
        found = self._features(inputs, rows, stages) if self.weights else inputs.features(stages, rows)
        ends = np.cumsum([inputs.pooled[stage].shape[1] for stage in stages])
        return side_by_side(np.split(found, ends[:-1], axis=1))

    @property
    def learned_features(self) -> bool:
        """Whether weights of the network have changed."""
        return bool(self.weights)

    def pooled(self, inputs: Representation, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return what every stage of the changed network gives, pooled, by the stage's name: (rows, width) each."""
        names = tuple(stage.name for stage in self.backbone.stages)
        widths = [inputs.pooled[name].shape[1] for name in names]
        features = self._features(inputs, rows, names)
        return dict(zip(names, np.split(features, np.cumsum(widths)[:-1], axis=1), strict=True))

    def average(self, others: Sequence[Adapted]) -> Transferred:
        """Return the mean of models that were trained from one source and one probe."""
        from warmstart.training.fine_tuning import average

        return average([self, *(one for one in others if isinstance(one, Transferred))])

    def predict_prepared(self, feeds: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return uncalibrated probabilities (rows, classes) from prepared inputs, every stage run in full precision.

        Boundary activations are cached in half precision, so that these differ from `predict_proba`
        where weights have changed, in about the third digit.
        """
        import torch

        names = [stage.name for stage in self.backbone.stages]
        rows = len(next(iter(feeds.values())))
        found = []
        with torch.inference_mode():
            for part in np.array_split(np.arange(rows), -(-rows // FROM_INPUT)):
                tensors = {name: torch.from_numpy(value[part]) for name, value in feeds.items()}
                pooled = dict(zip(names, self.module(tensors), strict=True))
                found.append(self._proba(torch.cat([pooled[stage] for stage in self.stages], dim=1).numpy()))
        return np.concatenate(found)

    def _proba(self, features: np.ndarray | FeatureTable) -> np.ndarray:
        """Return the mean of what the heads give (rows, classes) for the stages' features side by side."""
        return np.asarray(np.mean([head.proba(features) for head in (self.head, *self.others)], axis=0))

    def _loaded(self, network: StagedModule) -> StagedModule:
        """Load the changed weights into a network."""
        import torch

        if self.weights:
            changed = {name: torch.from_numpy(value) for name, value in self.weights.items()}
            network.load_state_dict(changed, strict=False)
        return network.eval()

    def _features(self, representation: Representation, rows: np.ndarray, stages: tuple[str, ...]) -> np.ndarray:
        """Return pooled features (rows, width): cached below the cut, run anew above it."""
        width = sum(representation.pooled[stage].shape[1] for stage in stages)
        found = np.empty((len(rows), width), dtype=np.float32)
        for places, features in self._above(representation, rows, stages):
            found[places] = features
        return found

    def _above(
        self, representation: Representation, rows: np.ndarray, stages: tuple[str, ...]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in `rows` and their pooled features (places, width), a batch at a time."""
        import torch

        boundary = representation.boundaries[self.cut]
        for places in length_batches(boundary.lengths()[rows], PREDICT_ROWS if self.cut else FROM_INPUT):
            batch = rows[places]
            below = {stage: read_rows(representation.pooled[stage], batch) for stage in stages}
            with torch.inference_mode():
                features = pooled_above(self.module, boundary.batch(batch), below, self.backbone, self.cut)
            yield places, features.numpy()

    def deliver(self, temperature: float = 1.0) -> Deliverable:
        """Return the network with its head as one graph, and the weights to go on training."""
        from warmstart.training.onnx_graph import attach_head
        from warmstart.training.stage_graph import network_graph

        names = [stage.name for stage in self.backbone.stages]

        def outputs(stages: Sequence[str]) -> list[str]:
            return [f"pooled_{names.index(stage) + 1}" for stage in stages]

        graph = attach_head(
            network_graph(self.backbone, self.module if self.weights else None),
            outputs(self.stages),
            **self.head.tensors(),
            temperature=temperature,
            embedding=outputs(embedded(names)),
            others=[head.tensors() for head in self.others],
        )
        state = {f"backbone.{name}": value.numpy() for name, value in self.module.state_dict().items()}
        tensors = {**state, **{f"head.{name}": value for name, value in self.head.tensors().items()}}
        for number, head in enumerate(self.others, start=2):
            tensors |= {f"head_{number}.{name}": value for name, value in head.tensors().items()}
        config = {"card": self.backbone.card.to_json(), "stages": list(self.stages), "cut": self.cut, "weights": "all"}
        return Deliverable(self.backbone.preparation, graph, self.backbone.assets, tensors, config)


def pooled_above(
    module: StagedModule,
    batch: dict[str, np.ndarray],
    below: dict[str, np.ndarray],
    backbone: Backbone,
    cut: int,
) -> torch.Tensor:
    """Return the features of the wanted stages side by side, (rows, width).

    Parameters
    ----------
    batch : the boundary activations at the cut, as the representation gives them.
    below : the cached pooled features by stage, of every stage that is wanted; those above the cut
        are replaced by what the module makes now.
    """
    import torch

    names = [stage.name for stage in backbone.stages]
    pooled = {stage: torch.from_numpy(np.ascontiguousarray(values)) for stage, values in below.items()}
    for index, reached in enumerate(module.walk(module.take_up(batch, cut), cut, len(names)), start=cut):
        if names[index] in below:
            pooled[names[index]] = module.pool(reached)
    return torch.cat([pooled[stage] for stage in below], dim=1)
