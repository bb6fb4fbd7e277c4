"""The race: controls and strategies on identical rows, the cheap ones first, every training from the best probe."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.catalog import part, parts
from warmstart.errors import NotApplicable
from warmstart.flow.deadline import Deadline
from warmstart.flow.fitting import Fitting, fit_control
from warmstart.flow.judging import judged
from warmstart.flow.plan import LeftOut
from warmstart.flow.trial import Heat, Trial, best_probe, rivals, trial_record, tried
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import fit_temperature, soften
from warmstart.learning.clustered import mean_error
from warmstart.learning.metrics import row_losses
from warmstart.strategies._base import Strategy
from warmstart.training.allocator import give_back

HOPELESS = 2.0
CUT = "The deadline cut the tail of the plan."


@dataclass
class Race:
    """Runs one heat."""

    bench: Workbench
    heat: Heat
    trials: list[Trial] = field(default_factory=list)
    control_seconds: float = 0.0
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.bench, self.heat, self.trials)

    def run(self) -> list[Trial]:
        """Fit everything that the plan grants, and return how each did on the validation rows."""
        self._controls(iterative=False)
        self.deadline.began = self.bench.tools.run.elapsed()
        self._closed_forms()
        granted = self.bench.plan.candidates
        trials = [replace(_unfitted(one.strategy, one.setting, one.epochs), again=one.again) for one in granted]
        for place, trial in enumerate(trials):
            self._train(self._lengthened(trial, trials[place + 1 :]) if granted[place].longer else trial)
        for left in self.bench.plan.left_out:
            self._follow(left)
        self._average()
        self._controls(iterative=True)
        return self.trials

    def best_probe(self) -> Trial:
        """Return the probe from which every training starts."""
        return best_probe(self.trials)

    def _controls(self, *, iterative: bool) -> None:
        start = time.perf_counter()
        for kind in parts("controls"):
            if kind.iterative == iterative:
                self._control(kind())
        self.control_seconds += time.perf_counter() - start

    def _control(self, control: Control) -> None:
        """Fit one control on the training rows, where it can be had, and, if it is trained, in time."""
        epochs = self.bench.plan.scratch_epochs if control.iterative else 0
        late = not self.deadline.allows(0.0, share=1.0)
        if epochs and self._settled(f"cut {self.deadline.asked} {control.name}", late):
            self._add(Trial(control.name, control, status="skipped", reason=CUT))
            return
        checkpoint = self.bench.checkpoint(self.heat.scope, control.name)
        try:
            adapted = fit_control(self.bench, control, self.heat.train, epochs=epochs, checkpoint=checkpoint)
        except NotApplicable as reason:
            self._add(Trial(control.name, control, status="skipped", reason=f"Not applicable: {reason}"))
            return
        self._add(self._judged(Trial(control.name, control, epochs=epochs, adapted=adapted)))

    def _closed_forms(self) -> None:
        """Fit the strategies that need no epochs, in every setting."""
        backbone, progress = self.bench.material.backbone, self.bench.tools.progress
        closed = [kind() for kind in parts("strategies") if not kind.iterative]
        few = self.bench.few
        entries = [
            (strategy, setting)
            for strategy in closed
            for setting in (strategy.settings_for_few(backbone) if few else strategy.settings(backbone))
        ]
        for place, (strategy, setting) in enumerate(entries):
            progress("closed forms", place, len(entries))
            found = self._fitted(Trial(f"{strategy.name} {setting['stages']}", strategy, setting))
            eligible = self._named(strategy.name)
            self._add(found if eligible else replace(found, status="skipped", reason="Only the start of others."))
        progress("closed forms", len(entries), len(entries))

    def _train(self, trial: Trial) -> None:
        """Train a candidate for half of its epochs, and on to the end unless it cannot win any more."""
        late = bool(rivals(self.trials)) and not self.deadline.allows_training(trial)
        if self._settled(f"cut {self.deadline.asked} {trial.name}", late):
            self._add(replace(trial, status="skipped", reason=CUT))
            return
        try:
            if self._goes_on(trial, max(1, trial.epochs // 2)):
                self._add(self._fitted(trial))
        except NotApplicable as reason:
            self._add(replace(trial, status="skipped", reason=f"Not applicable: {reason}"))

    def _goes_on(self, trial: Trial, half: int) -> bool:
        """Return whether it may still win after half of its epochs, as settled when it had just had them."""
        question = f"goes on {self.heat.scope} {trial.name}"
        known = self.bench.tools.run.record.get(question)
        if not rivals(self.trials) or trial.epochs < 2 or self.bench.few or known:
            return True
        early = self._fitted(trial, stop_after=half)
        if self._settled(question, not self._hopeless(early)):
            return True
        reason = f"After {half} of {trial.epochs} epochs it could not win any more."
        self._add(replace(early, status="stopped", reason=reason))
        return False

    def _lengthened(self, trial: Trial, later: Sequence[Trial]) -> Trial:
        """Return the trial with more epochs where time turned out to be left.

        Parameters
        ----------
        later : what the plan grants after it; its seconds, and those of an average of all, stay kept.
        """
        kept = sum(self.deadline.seconds(one, self.heat.train) for one in later)
        found = self.deadline.epochs(trial, [*tried(self.trials), *later], kept=kept)
        epochs = self._settled(f"epochs {self.deadline.asked} {trial.name}", found)
        return replace(trial, epochs=max(trial.epochs, epochs))

    def _follow(self, left: LeftOut) -> None:
        """Train what the plan left out, for as many epochs as time turned out to be left for."""
        trial = _unfitted(left.strategy, left.setting)
        epochs, again = self._late(trial, left.fewest_epochs) if left.may_follow else (0, False)
        if epochs < left.fewest_epochs:
            self._add(replace(trial, status="skipped", reason=f"It {left.reason}."))
        else:
            self._train(replace(trial, epochs=epochs, again=again))

    def _late(self, trial: Trial, fewest: int) -> tuple[int, bool]:
        """Return how many epochs there is time for, and whether for fitting again as well, as settled at first."""
        epochs = self.deadline.epochs(trial, tried(self.trials) if self.bench.crossed else ())
        again = epochs >= fewest or self.bench.crossed
        found = [epochs if again else self.deadline.epochs(replace(trial, again=False)), again]
        epochs, again = self._settled(f"late {trial.name}", found)
        return epochs, again

    def _average(self) -> None:
        """Average the weights of what was trained, from the best on, while the validation log loss falls.

        A greedy soup (Wortsman et al., ICML 2022): all members started from one source and one probe. Where
        there is no time to fit all of them again, it is delivered as it is here.
        """
        # What is made for few labels ends with a head of its own, over other stages.
        alike = [one for one in rivals(self.trials) if isinstance(one.part, Strategy) and not one.part.for_few]
        trained = sorted(alike, key=lambda one: one.loss)
        if len(trained) < 2:
            return
        best = self._averaged(trained[:2])
        for one in trained[2:]:
            best = min(best, self._averaged([*best.members, one]), key=lambda trial: trial.loss)
        again = self.bench.crossed or self.deadline.allows(0.0, best.members)
        self._add(replace(best, again=self._settled(f"average {self.heat.scope}", again)))

    def _averaged(self, members: Sequence[Trial]) -> Trial:
        """Return the average of some trials, judged on the validation rows."""
        deepest = min(members, key=lambda one: self.bench.material.backbone.cut(one.setting["cut"]))
        name = "average of " + " and ".join(one.name for one in members)
        first, *others = [one.model for one in members]
        return self._judged(replace(deepest, name=name, members=tuple(members), adapted=first.average(others)))

    def _fitted(self, trial: Trial, *, stop_after: int | None = None) -> Trial:
        """Return a candidate fitted on the training rows and judged on the validation rows."""
        start = self.best_probe().model if trial.epochs else None
        adapted = Fitting(self.bench, self.heat).fit(trial, start, stop_after=stop_after)
        return self._judged(replace(trial, adapted=adapted))

    def _judged(self, trial: Trial) -> Trial:
        trained = trial.epochs and not trial.is_control
        return judged(self.bench, self.heat, trial, self.best_probe() if trained else None)

    def _hopeless(self, early: Trial) -> bool:
        """Return whether a rival's lead in log loss is beyond what the noise explains."""
        truth = self.bench.material.codes[self.heat.validation]
        best = min(rivals(self.trials), key=lambda one: one.loss)
        lead = _calibrated_losses(truth, early) - _calibrated_losses(truth, best)
        together = self.bench.rows.together[self.heat.validation]
        return bool(lead.mean() > HOPELESS * mean_error(lead, together, ddof=1))

    def _named(self, name: str) -> bool:
        wanted = self.bench.tools.config.strategy
        return wanted == ("auto",) or name in wanted

    def _settled(self, question: str, found: Any) -> Any:
        """Return what was found when the question was first asked: a resumed run follows it."""
        return self.bench.tools.run.settle(question, found)

    def _add(self, trial: Trial) -> None:
        """Keep the trial, write it to the journal, and name the leader."""
        self.trials.append(trial)
        give_back()
        self.bench.tools.run.note("trial", scope=self.heat.scope, **trial_record(self.bench, trial))
        leaders = [one for one in self.trials if one.finished and not one.is_control]
        if leaders and self.heat.scope == "main":
            best = max(leaders, key=lambda one: one.value)
            self.bench.tools.leader(f"{best.name} {100 * best.value:.1f} ± {100 * best.se:.1f} %")


def _unfitted(strategy: str, setting: Mapping[str, Any], epochs: int = 0) -> Trial:
    """Return a candidate that is yet to be trained."""
    return Trial(f"{strategy} at {setting['cut']}", part("strategies", strategy)(), setting, epochs)


def _calibrated_losses(truth: np.ndarray, trial: Trial) -> np.ndarray:
    """Return the log loss of every validation row, (rows,), once a temperature has made the trial as sure as it may be.

    Training makes models too sure, each to another degree; what is delivered is mended so.
    """
    return row_losses(truth, soften(trial.answers, fit_temperature(truth, trial.answers)))
