"""A pre-trained network as an ordered row of stages that can be cut between any two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.errors import OptionError, listed, nearest


@dataclass(frozen=True)
class Stage:
    """One block: its name and the width (channels) of what it gives."""

    name: str
    width: int


@dataclass(frozen=True)
class SourceHead:
    """The classifier a source brings with it: label names, weight (labels, width), bias (labels,)."""

    labels: tuple[str, ...]
    weight: Any
    bias: Any

    def logits(self, pooled: np.ndarray) -> np.ndarray:
        """Return what it says (rows, labels); it is linear in the mean over positions.

        Parameters
        ----------
        pooled : features of the last stage (rows, width), whose first columns are that mean.
        """
        weight = np.asarray(self.weight)
        return np.asarray(pooled[:, : weight.shape[1]] @ weight.T + np.asarray(self.bias))


@dataclass(frozen=True)
class Backbone:
    """A card, its stages in order, and how to build the network.

    Cut `k` splits the network after its first `k` stages: the trunk below is frozen, the top above
    is trained. Cut 0 is the prepared input itself, so that everything is trained.

    Parameters
    ----------
    card : what the source is.
    stages : the blocks in order, from the stem (or the token embeddings) to the last.
    preparation : how an input becomes the network's input, as in `preprocess.json`.
    assets : files that preparing needs, by name (a tokenizer), as bytes.
    build : returns the network as a `warmstart.training.stages.StagedModule`, in evaluation mode.
    head : the source's own classifier, where it has one.
    """

    card: Card
    stages: tuple[Stage, ...]
    preparation: Mapping[str, Any]
    build: Callable[[], Any]
    assets: Mapping[str, bytes] = field(default_factory=dict)
    head: SourceHead | None = None

    @property
    def modality(self) -> str:
        """The modality that the source was trained on."""
        return self.card.modality

    def cut(self, name: str) -> int:
        """Return the cut after the stage of that name; "input" is cut 0.

        Raises
        ------
        OptionError : no stage has that name; the nearest is suggested.
        """
        names = ["input", *(stage.name for stage in self.stages)]
        if name not in names:
            raise OptionError(
                f"'{self.card.name}' has no stage '{name}'. "
                f"It must be one of: {listed(names, 30)}.{nearest(name, names)}"
            )
        return names.index(name)

    def cut_name(self, cut: int) -> str:
        """Return the name of the stage after which `cut` lies."""
        return "input" if cut == 0 else self.stages[cut - 1].name
