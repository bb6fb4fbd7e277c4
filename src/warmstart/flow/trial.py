"""One running of the race, and what became of every control and candidate in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.adapted import Adapted
from warmstart.flow.workbench import Workbench
from warmstart.strategies._base import Strategy


@dataclass(frozen=True)
class Heat:
    """One running of the race: on which rows, and under which name its state is kept.

    Parameters
    ----------
    scope : "main", or the name of an outer fold.
    train, validation : rows to fit on, and to compare on.
    views : changed views of the training rows that training may use.
    """

    scope: str
    train: np.ndarray
    validation: np.ndarray
    views: tuple[str, ...] = ()

    @property
    def fitted(self) -> np.ndarray:
        """All rows that the chosen model is fitted on in the end."""
        return np.union1d(self.train, self.validation)


@dataclass(frozen=True)
class Trial:
    """What became of one control or candidate in a heat.

    Parameters
    ----------
    name : what people call it: "hog", "probe all", "partial at block_8".
    part : the control or strategy.
    proba : validation probabilities (rows, classes); None where it did not finish.
    value, se : validation metric and its standard error.
    loss : validation log loss, in nats, after a temperature was fitted on the same rows.
    members : the trials whose weights it averages, where it was not trained itself.
    again : whether it is fitted again on training and validation rows together, if it is chosen.
    """

    name: str
    part: Control | Strategy
    setting: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    adapted: Adapted | None = None
    proba: np.ndarray | None = None
    value: float = float("nan")
    se: float = float("nan")
    loss: float = float("inf")
    status: str = "finished"
    reason: str = ""
    members: tuple[Trial, ...] = ()
    again: bool = True

    @property
    def is_control(self) -> bool:
        """Whether it borrows nothing from the source, or adapts nothing."""
        return isinstance(self.part, Control)

    @property
    def finished(self) -> bool:
        """Whether it may be chosen."""
        return self.status == "finished"

    @property
    def model(self) -> Adapted:
        """The fitted model; a ValueError where the trial was not fitted."""
        if self.adapted is None:
            raise ValueError(f"'{self.name}' was not fitted.")
        return self.adapted

    @property
    def borrows(self) -> bool:
        """Whether it is made from the source: every strategy is, and of the controls the untouched source."""
        return not isinstance(self.part, Control) or self.part.borrows

    @property
    def answers(self) -> np.ndarray:
        """The probabilities (validation rows, classes); a ValueError where the trial was not judged."""
        if self.proba is None:
            raise ValueError(f"'{self.name}' was not judged.")
        return self.proba


def best_probe(trials: Iterable[Trial]) -> Trial:
    """Return the probe with the lowest validation log loss, from which every training starts."""
    return min((one for one in trials if one.part.name == "probe"), key=lambda one: one.loss)


def tried(trials: Iterable[Trial]) -> list[Trial]:
    """Return the candidates that were trained, those that were stopped half-way, too."""
    return [one for one in trials if one.epochs and not one.is_control and one.status != "skipped"]


def rivals(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trained candidates that may be chosen."""
    return [one for one in tried(trials) if one.finished]


def trial_record(bench: Workbench, trial: Trial) -> dict[str, Any]:
    """Return a trial as plain values, as the journal and the result show it."""
    done = trial.proba is not None
    return {
        "source": bench.material.backbone.card.name if trial.borrows else "",
        "strategy": trial.part.name,
        "cut": str(trial.setting.get("cut", "")),
        "name": trial.name,
        "setting": dict(trial.setting),
        "epochs": trial.epochs,
        "control": trial.is_control,
        "validation": {
            "metric": bench.metric,
            "value": trial.value if done else None,
            "se": trial.se if done else None,
        },
        "log_loss": trial.loss if done else None,
        "seconds": round(trial.adapted.seconds_, 3) if trial.adapted else 0.0,
        "status": trial.status,
        "reason": trial.reason,
    }
