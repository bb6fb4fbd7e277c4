"""What a control is: a model of the same task that borrows nothing, or adapts nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.part import Part
from warmstart.core.progress import Progress, silent
from warmstart.runtime.decode import Decoder


@dataclass(frozen=True)
class Terms:
    """On what terms a control may be fitted.

    Parameters
    ----------
    seed : of everything random.
    folds : fold number a fitted row (rows,), for cross-validation within the fit.
    learned : choices of an earlier fit, as its `learned_` has them, that are to be repeated.
    epochs : passes over the rows that the plan grants, where it is iterative.
    checkpoint : folder to keep state in, so that a killed fit goes on.
    watch : called with the number of epochs done and the seconds of the last.
    """

    seed: int
    folds: np.ndarray
    learned: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    checkpoint: Path | None = None
    watch: Callable[[int, float], None] | None = None


class Control(Part):
    """A model that does not transfer, fitted and judged on the same rows as the strategies."""

    iterative = False
    """Whether it trains in epochs that the plan grants; others can be fitted again and again quickly."""

    borrows = False
    """Whether it answers with the source as it is, and adapts nothing."""

    learns = True
    """Whether more rows make it better, so that its learning curve says something."""

    start_seconds: ClassVar[Mapping[str, float]] = {}
    row_seconds: ClassVar[Mapping[str, float]] = {}
    """What preparing and fitting it takes to begin with and a row, by modality, where that is worth planning for."""

    def applies(self, material: Material) -> None:
        """Raise NotApplicable, with the reason, where this control cannot be had."""

    @abstractmethod
    def prepare(self, material: Material, decoder: Decoder, *, progress: Progress = silent) -> Any:
        """Return what `fit` and `predict_proba` read, for all rows, made without labels."""

    @abstractmethod
    def fit(self, material: Material, prepared: Any, rows: np.ndarray, terms: Terms) -> Adapted:
        """Fit on the given rows.

        Raises
        ------
        NotApplicable : it cannot be had on these terms; the message says why.
        """

    @classmethod
    def example(cls) -> Any:
        """Controls run on the contract test's own tiny tasks."""
        return None
