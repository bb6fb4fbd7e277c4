"""What one adaptation works on, and everything that it found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import Evidence
from warmstart.core.representation import FeatureTable, Representation
from warmstart.flow.adapt.choice import Adaptation
from warmstart.flow.adapt.target_labels import Labelled
from warmstart.flow.adapt.target_rows import Target
from warmstart.flow.adapt.tried import Tried
from warmstart.flow.load import Loaded
from warmstart.flow.rank import Ranked
from warmstart.flow.sources import Contender
from warmstart.learning.domain_distance import DomainDistance
from warmstart.training.transferred import Transferred


@dataclass(frozen=True)
class Pair:
    """Both data sets, and what is known of the target: labelled rows, and the share of every class (classes,).

    Parameters
    ----------
    networks : the source networks that may be taken.
    """

    source: Loaded
    networks: Sequence[Contender]
    target: Target
    labelled: Labelled | None
    mix: np.ndarray | None

    @property
    def fitted(self) -> np.ndarray:
        """Row numbers of the source that have a label."""
        return np.flatnonzero(self.source.dataset.codes(self.source.task) != UNLABELLED)


@dataclass(frozen=True)
class Seen:
    """What a source sees in the two data sets, and in the labelled target rows."""

    backbone: Backbone
    source: Representation
    target: Representation
    labelled: FeatureTable | None

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that heads read: all of them."""
        return stages_of(self.backbone)


@dataclass(frozen=True)
class AdaptedPair:
    """Everything that was found out: how far apart, what was tried, what is delivered, and what was measured."""

    pair: Pair
    seen: Seen
    ranked: Ranked
    distance: DomainDistance
    tried: Sequence[Tried]
    chosen: Adaptation
    evidence: Evidence | None

    def model(self) -> Transferred:
        """Return what is delivered as a network with its heads."""
        first, *others = self.chosen.heads.values()
        backbone = self.seen.backbone
        return Transferred(backbone, first, self.seen.stages, len(backbone.stages), others=tuple(others))


def stages_of(backbone: Backbone) -> tuple[str, ...]:
    """Return the names of a source's stages, in order."""
    return tuple(stage.name for stage in backbone.stages)
