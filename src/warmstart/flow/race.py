"""The race: controls and strategies on identical rows, the cheap ones first, every training from the best probe."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.catalog import part, parts
from warmstart.core.material import Material
from warmstart.errors import NotApplicable
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.workbench import Workbench
from warmstart.learning.metrics import METRICS, log_loss, row_losses
from warmstart.strategies._base import Assignment, Strategy
from warmstart.training.allocator import give_back

HOPELESS = 2.0
NONE = np.zeros(0, dtype=np.int64)


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
    loss : validation log loss, in nats.
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

    @property
    def is_control(self) -> bool:
        """Whether it borrows nothing from the source, or adapts nothing."""
        return isinstance(self.part, Control)

    @property
    def finished(self) -> bool:
        """Whether it may be chosen."""
        return self.status == "finished"


@dataclass
class Race:
    """Runs one heat."""

    bench: Workbench
    heat: Heat
    trials: list[Trial] = field(default_factory=list)
    control_seconds: float = 0.0

    @property
    def material(self) -> Material:
        """The material, with the views of this heat."""
        return replace(self.bench.material, views=tuple(self.bench.views[name] for name in self.heat.views))

    def run(self) -> list[Trial]:
        """Fit everything that the plan grants, and return how each did on the validation rows."""
        self._controls(iterative=False)
        self._closed_forms()
        for candidate in self.bench.plan.candidates:
            self._train(candidate.strategy, candidate.setting, candidate.epochs)
        self._left_out()
        self._controls(iterative=True)
        return self.trials

    def _controls(self, *, iterative: bool) -> None:
        start = time.perf_counter()
        for kind in parts("controls"):
            if kind.iterative == iterative:
                self._control(kind())
        self.control_seconds += time.perf_counter() - start

    def _control(self, control: Control) -> None:
        """Fit one control on the training rows, where it can be had."""
        epochs = self.bench.plan.scratch_epochs if control.iterative else 0
        terms = Terms(
            self.bench.tools.config.seed,
            self.bench.rows.folds(self.heat.train, INNER_FOLDS, seed=self.bench.tools.config.seed),
            epochs=epochs,
            checkpoint=self.bench.checkpoint(self.heat.scope, control.name),
            watch=self._watch(control.name, epochs),
        )
        if epochs:
            self.bench.tools.progress(f"train {control.name}", 0, terms.epochs)
        try:
            adapted = fit_control(self.bench, control, self.heat.train, terms)
        except NotApplicable as reason:
            self._add(Trial(control.name, control, status="skipped", reason=f"Not applicable: {reason}"))
            return
        proba = adapted.predict_proba(self.bench.prepared[control.name], self.heat.validation)
        self._add(self._judged(Trial(control.name, control, epochs=terms.epochs, adapted=adapted), proba))

    def _closed_forms(self) -> None:
        """Fit the strategies that need no epochs, in every setting."""
        backbone, progress = self.bench.material.backbone, self.bench.tools.progress
        closed = [kind() for kind in parts("strategies") if not kind.iterative]
        entries = [(strategy, setting) for strategy in closed for setting in strategy.settings(backbone)]
        for place, (strategy, setting) in enumerate(entries):
            progress("closed forms", place, len(entries))
            judged = self._judged_fit(Trial(f"{strategy.name} {setting['stages']}", strategy, setting))
            eligible = self._named(strategy.name)
            self._add(judged if eligible else replace(judged, status="skipped", reason="Only the start of others."))
        progress("closed forms", len(entries), len(entries))

    def _train(self, name: str, setting: Mapping[str, Any], epochs: int) -> None:
        """Train a candidate for half of its epochs, and on to the end unless it cannot win any more."""
        strategy: Strategy = part("strategies", name)()
        trial = Trial(f"{name} at {setting['cut']}", strategy, setting, epochs)
        if self._too_late(trial):
            return
        half = max(1, epochs // 2)
        if self._rivals() and epochs > 1:
            early = self._judged_fit(trial, stop_after=half)
            if self._hopeless(early):
                reason = f"After {half} of {epochs} epochs it could not win any more."
                self._add(replace(early, status="stopped", reason=reason))
                return
        self._add(self._judged_fit(trial))

    def fit(self, trial: Trial, *, stop_after: int | None = None) -> Adapted:
        """Adapt the source on the training rows, as the trial's strategy and setting say."""
        if not isinstance(trial.part, Strategy):
            raise TypeError(f"'{trial.name}' is a control; `fit_control` fits those.")
        if trial.epochs:
            self.bench.tools.progress(f"train {trial.name}", 0, trial.epochs)
        return trial.part.fit(self.material, self.assignment(trial, stop_after=stop_after))

    def _judged_fit(self, trial: Trial, *, stop_after: int | None = None) -> Trial:
        """Train, and judge on the validation rows."""
        adapted = self.fit(trial, stop_after=stop_after)
        proba = adapted.predict_proba(self.bench.material.representation, self.heat.validation)
        return self._judged(replace(trial, adapted=adapted), proba)

    def assignment(self, trial: Trial, *, stop_after: int | None = None) -> Assignment:
        """Return what a strategy is asked to do in this heat."""
        seed = self.bench.tools.config.seed
        return Assignment(
            rows=self.heat.train,
            folds=self.bench.rows.folds(self.heat.train, INNER_FOLDS, seed=seed),
            validation=self.heat.validation,
            seed=seed,
            setting=trial.setting,
            epochs=trial.epochs,
            start=self.best_probe().adapted if trial.epochs else None,
            checkpoint=self.bench.checkpoint(self.heat.scope, trial.name),
            stop_after=stop_after,
            watch=self._watch(trial.name, trial.epochs),
        )

    def best_probe(self) -> Trial:
        """Return the probe with the lowest validation log loss, from which every training starts."""
        return min((one for one in self.trials if one.part.name == "probe"), key=lambda one: one.loss)

    def _rivals(self) -> list[Trial]:
        return [one for one in self.trials if one.finished and one.epochs and not one.is_control]

    def _hopeless(self, early: Trial) -> bool:
        """Return whether a rival's lead in log loss is beyond what the noise explains."""
        truth = self.bench.material.codes[self.heat.validation]
        best = min(self._rivals(), key=lambda one: one.loss)
        lead = row_losses(truth, _proba(early)) - row_losses(truth, _proba(best))
        return bool(lead.mean() > HOPELESS * lead.std(ddof=1) / np.sqrt(len(lead)))

    def _too_late(self, trial: Trial) -> bool:
        """Cut the plan's tail where the deadline demands it, and remember that for a resumed run."""
        run, plan = self.bench.tools.run, self.bench.plan
        seconds = next(one.seconds for one in plan.candidates if one.setting == trial.setting)
        late = bool(self._rivals()) and run.elapsed() + 2.5 * seconds > plan.budget_seconds
        if run.settle(f"cut {self.heat.scope} {trial.name}", late):
            self._add(replace(trial, status="skipped", reason="The deadline cut the tail of the plan."))
            return True
        return False

    def _left_out(self) -> None:
        for name, cut, reason in self.bench.plan.left_out:
            strategy = part("strategies", name)()
            self._add(Trial(f"{name} at {cut}", strategy, {"cut": cut}, status="skipped", reason=f"It {reason}."))

    def _named(self, name: str) -> bool:
        wanted = self.bench.tools.config.strategy
        return wanted == ("auto",) or name in wanted

    def _judged(self, trial: Trial, proba: np.ndarray) -> Trial:
        """Return the trial with its validation metric, its standard error, and its log loss."""
        truth = self.bench.material.codes[self.heat.validation]
        value = METRICS[self.bench.metric](truth, proba.argmax(axis=1))
        se = float(np.sqrt(max(value * (1 - value), 1e-9) / len(truth)))
        return replace(trial, proba=proba, value=value, se=se, loss=log_loss(truth, proba))

    def _watch(self, name: str, epochs: int) -> Any:
        return lambda epoch, seconds: self.bench.tools.progress(f"train {name}", epoch, epochs)

    def _add(self, trial: Trial) -> None:
        """Keep the trial, write it to the journal, and name the leader."""
        self.trials.append(trial)
        give_back()
        self.bench.tools.run.note("trial", scope=self.heat.scope, **trial_record(self.bench, trial))
        leaders = [one for one in self.trials if one.finished and not one.is_control]
        if leaders and self.heat.scope == "main":
            best = max(leaders, key=lambda one: one.value)
            self.bench.tools.leader(f"{best.name} {100 * best.value:.1f} ± {100 * best.se:.1f} %")


def fit_control(bench: Workbench, control: Control, rows: np.ndarray, terms: Terms) -> Adapted:
    """Fit a control, preparing what it reads once for the whole run.

    Raises
    ------
    NotApplicable : it cannot be had here.
    """
    control.applies(bench.material)
    if control.iterative and not bench.plan.scratch_epochs:
        raise NotApplicable(bench.plan.scratch_reason + ".")
    if control.name not in bench.prepared:
        tools = bench.tools
        bench.prepared[control.name] = control.prepare(bench.material, tools.decoder, progress=tools.progress)
    return control.fit(bench.material, bench.prepared[control.name], rows, terms)


def trial_record(bench: Workbench, trial: Trial) -> dict[str, Any]:
    """Return a trial as plain values, as the journal and the result show it."""
    done = trial.proba is not None
    return {
        "source": "" if trial.is_control and trial.part.name != "untouched" else bench.material.backbone.card.name,
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


def _proba(trial: Trial) -> np.ndarray:
    if trial.proba is None:
        raise ValueError(f"'{trial.name}' was not judged.")
    return trial.proba
