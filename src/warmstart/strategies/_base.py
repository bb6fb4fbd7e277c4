"""What a strategy is: one way to adapt a source to a task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.core.part import Part


@dataclass(frozen=True)
class Assignment:
    """What a strategy is asked to do, once the plan is made.

    Parameters
    ----------
    rows : rows to fit on.
    folds : fold number a fitted row (rows,), for cross-validation within the fit.
    validation : rows to watch, never fitted on; empty when refitting.
    seed : of everything random.
    setting : what distinguishes this candidate from others of the strategy, as `settings` gave it.
    epochs : passes over the rows that the plan grants; 0 where the strategy has a closed form.
    start : the best probe fitted on the same rows, which every training starts from (LP-FT).
    checkpoint : folder to keep state in, so that a killed fit goes on.
    stop_after : stop after this many of the epochs, to go on later from the checkpoint.
    watch : called with the number of epochs done and the seconds of the last.
    """

    rows: np.ndarray
    folds: np.ndarray
    validation: np.ndarray
    seed: int
    setting: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    start: Adapted | None = None
    checkpoint: Path | None = None
    stop_after: int | None = None
    watch: Callable[[int, float], None] | None = None


class Strategy(Part):
    """One way to adapt a source to a task."""

    iterative = False
    """Whether it trains in epochs, and so needs a plan, a start and boundary activations."""

    fewest_epochs = 2
    """With fewer passes than this it is not worth its time."""

    for_few = False
    """Whether it is made for few labels a class: it then competes there, and elsewhere only where it is named."""

    proven: tuple[str, ...] = ("image", "text")
    """On inputs of which modalities it competes unasked."""

    forgets = 0
    """How much of the source it changes: 0 nothing, 1 the top, 2 all of it. Ties go to the lower."""

    anchored = False
    """Whether it trains the source's own weights from where they are, so that L2-SP can hold them near there."""

    def turn(self, modality: str) -> int:
        """Return when it gets its part of the budget, on inputs of a modality: what usually wins comes first."""
        return 0

    @abstractmethod
    def settings(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the settings worth trying on this source, the cheapest first; "cut" is one of them."""

    def settings_for_few(self, backbone: Backbone) -> list[Mapping[str, Any]]:
        """Return the settings worth trying where there are few labels a class; what has a closed form may differ."""
        return self.settings(backbone)

    @abstractmethod
    def fit(self, material: Material, assignment: Assignment) -> Adapted:
        """Adapt the source on the assigned rows."""

    @classmethod
    def example(cls) -> Any:
        """Strategies run on the contract test's own tiny tasks."""
        return None
