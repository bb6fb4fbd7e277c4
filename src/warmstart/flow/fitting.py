"""Fits trials on the training rows of a heat: strategies as their settings say, controls as they are asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.errors import NotApplicable
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.workbench import Workbench
from warmstart.strategies._base import Assignment, Strategy


@dataclass(frozen=True)
class Fitting:
    """Fits candidates on the training rows of one heat."""

    bench: Workbench
    heat: Heat

    def fit(self, trial: Trial, start: Adapted | None = None, *, stop_after: int | None = None) -> Adapted:
        """Adapt the source as the trial's strategy and setting say.

        Parameters
        ----------
        start : the probe that a training starts from.
        stop_after : epochs after which a training pauses, to be gone on with later.

        Raises
        ------
        TypeError : the trial is of a control.
        """
        if not isinstance(trial.part, Strategy):
            raise TypeError(f"'{trial.name}' is a control; `fit_control` fits those.")
        if trial.members:
            first, *others = [self.fit(one, start) for one in trial.members]
            return first.average(others)
        if trial.epochs:
            self.bench.tools.progress(f"train {trial.name}", 0, trial.epochs)
        return trial.part.fit(self._material(), self._assignment(trial, start, stop_after))

    def _material(self) -> Material:
        """Return the material, with the views of this heat."""
        return replace(self.bench.material, views=tuple(self.bench.views[name] for name in self.heat.views))

    def _assignment(self, trial: Trial, start: Adapted | None, stop_after: int | None) -> Assignment:
        bench, heat, seed = self.bench, self.heat, self.bench.tools.config.seed
        return Assignment(
            rows=heat.train,
            folds=bench.rows.folds(heat.train, INNER_FOLDS, seed=seed),
            validation=heat.validation,
            seed=seed,
            setting=trial.setting,
            epochs=trial.epochs,
            start=start,
            checkpoint=bench.checkpoint(heat.scope, trial.name),
            stop_after=stop_after,
            watch=_watch(bench, trial.name, trial.epochs),
        )


def fit_control(
    bench: Workbench,
    control: Control,
    rows: np.ndarray,
    *,
    learned: Mapping[str, Any] | None = None,
    epochs: int = 0,
    checkpoint: Path | None = None,
) -> Adapted:
    """Fit a control, preparing what it reads once for the whole run.

    Parameters
    ----------
    rows : the numbers of the rows to fit on.
    learned : the choices of an earlier fit, which are repeated.
    epochs : of what is trained.
    checkpoint : folder that keeps the state of a training.

    Raises
    ------
    NotApplicable : it cannot be had here.
    """
    if control.iterative and not bench.plan.scratch_epochs:
        raise NotApplicable(bench.plan.scratch_reason + ".")
    control.applies(bench.material)
    tools, seed = bench.tools, bench.tools.config.seed
    if epochs:
        tools.progress(f"train {control.name}", 0, epochs)
    if control.name not in bench.prepared:
        bench.prepared[control.name] = control.prepare(bench.material, tools.decoder, progress=tools.progress)
    terms = Terms(
        seed,
        bench.rows.folds(rows, INNER_FOLDS, seed=seed),
        learned=learned or {},
        epochs=epochs,
        checkpoint=checkpoint,
        watch=_watch(bench, control.name, epochs),
    )
    return control.fit(bench.material, bench.prepared[control.name], rows, terms)


def _watch(bench: Workbench, name: str, epochs: int) -> Callable[[int, float], None]:
    """Return what tells the progress of a training after every epoch."""
    return lambda epoch, seconds: bench.tools.progress(f"train {name}", epoch, epochs)
