"""The race: controls and strategies on identical rows, the cheap ones first, every training from the best probe."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.catalog import part, parts
from warmstart.core.dataset import UNLABELLED
from warmstart.core.material import Material
from warmstart.errors import NotApplicable
from warmstart.flow.calibrated import calibrated, hits
from warmstart.flow.plan import LeftOut
from warmstart.flow.split import INNER_FOLDS, OUTER_FOLDS
from warmstart.flow.trial import Heat, Trial, trial_record
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import fit_temperature, soften
from warmstart.learning.clustered import mean_error
from warmstart.learning.metrics import METRICS, log_loss, row_losses
from warmstart.strategies._base import Assignment, Strategy
from warmstart.training.allocator import give_back

HOPELESS = 2.0
CUT = "The deadline cut the tail of the plan."
SAFE = 0.95
"""What is decided late may fill this share of the budget: the last steps are only foretold."""


@dataclass
class Race:
    """Runs one heat."""

    bench: Workbench
    heat: Heat
    trials: list[Trial] = field(default_factory=list)
    control_seconds: float = 0.0
    began: float = 0.0

    @property
    def material(self) -> Material:
        """The material, with the views of this heat."""
        return replace(self.bench.material, views=tuple(self.bench.views[name] for name in self.heat.views))

    def run(self) -> list[Trial]:
        """Fit everything that the plan grants, and return how each did on the validation rows."""
        self._controls(iterative=False)
        self.began = self.bench.tools.run.elapsed()
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

    def _controls(self, *, iterative: bool) -> None:
        start = time.perf_counter()
        for kind in parts("controls"):
            if kind.iterative == iterative:
                self._control(kind())
        self.control_seconds += time.perf_counter() - start

    def _control(self, control: Control) -> None:
        """Fit one control on the training rows, where it can be had, and, if it is trained, in time."""
        epochs = self.bench.plan.scratch_epochs if control.iterative else 0
        late = not self.in_time(0.0, (), share=1.0)
        if epochs and self.bench.tools.run.settle(f"cut {self.asked} {control.name}", late):
            self._add(Trial(control.name, control, status="skipped", reason=CUT))
            return
        terms = replace(
            self._terms(self.heat.train),
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
        self._add(self._judged(Trial(control.name, control, epochs=terms.epochs, adapted=adapted)))

    def _terms(self, rows: np.ndarray) -> Terms:
        """Return on what terms a control is fitted on rows, where it needs no epochs."""
        seed = self.bench.tools.config.seed
        return Terms(seed, self.bench.rows.folds(rows, INNER_FOLDS, seed=seed))

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
            judged = self._judged_fit(Trial(f"{strategy.name} {setting['stages']}", strategy, setting))
            eligible = self._named(strategy.name)
            self._add(judged if eligible else replace(judged, status="skipped", reason="Only the start of others."))
        progress("closed forms", len(entries), len(entries))

    def _train(self, trial: Trial) -> None:
        """Train a candidate for half of its epochs, and on to the end unless it cannot win any more."""
        late = bool(self._rivals()) and not self.in_time(self._seconds(trial, self.heat.train), (trial,))
        if self.bench.tools.run.settle(f"cut {self.asked} {trial.name}", late):
            self._add(replace(trial, status="skipped", reason=CUT))
            return
        try:
            if self._goes_on(trial, max(1, trial.epochs // 2)):
                self._add(self._judged_fit(trial))
        except NotApplicable as reason:
            self._add(replace(trial, status="skipped", reason=f"Not applicable: {reason}"))

    def _goes_on(self, trial: Trial, half: int) -> bool:
        """Return whether it may still win after half of its epochs, as settled when it had just had them."""
        run, question = self.bench.tools.run, f"goes on {self.heat.scope} {trial.name}"
        if not self._rivals() or trial.epochs < 2 or self.bench.few or run.record.get(question):
            return True
        early = self._judged_fit(trial, stop_after=half)
        if run.settle(question, not self._hopeless(early)):
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
        kept = sum(self._seconds(one, self.heat.train) for one in later)
        found = self._late_epochs(trial, [*self._tried(), *later], kept)
        epochs = self.bench.tools.run.settle(f"epochs {self.asked} {trial.name}", found)
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
        epochs = self._late_epochs(trial, self._tried() if self.bench.crossed else ())
        again = epochs >= fewest or self.bench.crossed
        found = [epochs if again else self._late_epochs(replace(trial, again=False)), again]
        epochs, again = self.bench.tools.run.settle(f"late {trial.name}", found)
        return epochs, again

    def _late_epochs(self, trial: Trial, others: Sequence[Trial] = (), kept: float = 0.0) -> int:
        """Return how many epochs there is time for.

        Parameters
        ----------
        others : what would be fitted again together with it, in an average.
        kept : seconds of a heat that are spoken for.
        """
        affordable = (
            epochs
            for epochs in range(self.bench.plan.epochs, 0, -1)
            if self.in_time(kept + self._seconds(one := replace(trial, epochs=epochs), self.heat.train), (one, *others))
        )
        return next(affordable, 0)

    def _average(self) -> None:
        """Average the weights of what was trained, from the best on, while the validation log loss falls.

        A greedy soup (Wortsman et al., ICML 2022): all members started from one source and one probe. Where
        there is no time to fit all of them again, it is delivered as it is here.
        """
        # What is made for few labels ends with a head of its own, over other stages.
        alike = [one for one in self._rivals() if isinstance(one.part, Strategy) and not one.part.for_few]
        trained = sorted(alike, key=lambda one: one.loss)
        if len(trained) < 2:
            return
        best = self._averaged(trained[:2])
        for one in trained[2:]:
            best = min(best, self._averaged([*best.members, one]), key=lambda trial: trial.loss)
        again = self.bench.crossed or self.in_time(0.0, best.members)
        self._add(replace(best, again=self.bench.tools.run.settle(f"average {self.heat.scope}", again)))

    def _averaged(self, members: Sequence[Trial]) -> Trial:
        """Return the average of some trials, judged on the validation rows."""
        deepest = min(members, key=lambda one: self.bench.material.backbone.cut(one.setting["cut"]))
        name = "average of " + " and ".join(one.name for one in members)
        first, *others = [one.model for one in members]
        return self._judged(replace(deepest, name=name, members=tuple(members), adapted=first.average(others)))

    def in_time(self, seconds: float, again: Sequence[Trial], *, share: float = SAFE) -> bool:
        """Return whether some seconds, fitting again, and what follows are over before the deadline.

        With outer folds every heat that follows is taken to need what this one has since its controls were fitted, what
        was trained in full, and the controls twice; a resumed run, or a heat that stopped one early, has spent less.

        Parameters
        ----------
        again : trials that would be fitted again together, as far as they are to be; the dearest rival may be instead.
        share : of the budget, by the end of which they must be over.
        """
        together = sum(self._seconds(one, self.heat.fitted) for one in again if one.again)
        dearest = max((self._seconds(one, self.heat.fitted) for one in self._rivals() if one.again), default=0.0)
        plan, elapsed = self.bench.plan, self.bench.tools.run.elapsed()
        heats = OUTER_FOLDS + 1 if self.bench.crossed else 1
        trained = sum(self._seconds(one, self.heat.train) for one in self._tried())
        controls = sum(one.model.seconds_ for one in self.trials if one.is_control and one.finished and not one.epochs)
        heat = max(elapsed - self.began, trained) + 2 * controls
        ends = elapsed + (heats - 1) * heat + heats * (seconds + max(together, dearest))
        return ends + plan.reserved <= share * plan.budget_seconds

    @property
    def asked(self) -> str:
        """What the deadline is asked for: what the first outer fold decides holds in all, or they would differ."""
        return "every fold" if self.bench.crossed else self.heat.scope

    def _seconds(self, trial: Trial, rows: np.ndarray) -> float:
        """Return what training on rows should take."""
        return trial.epochs * self.bench.plan.train_row[trial.setting["cut"]] * len(rows)

    def fit(self, trial: Trial, *, stop_after: int | None = None) -> Adapted:
        """Adapt the source on the training rows, as the trial's strategy and setting say.

        Parameters
        ----------
        stop_after : epochs after which a training pauses, to be gone on with later.

        Raises
        ------
        TypeError : the trial is of a control.
        """
        if not isinstance(trial.part, Strategy):
            raise TypeError(f"'{trial.name}' is a control; `fit_control` fits those.")
        if trial.members:
            first, *others = [self.fit(one) for one in trial.members]
            return first.average(others)
        if trial.epochs:
            self.bench.tools.progress(f"train {trial.name}", 0, trial.epochs)
        return trial.part.fit(self.material, self.assignment(trial, stop_after=stop_after))

    def _judged_fit(self, trial: Trial, *, stop_after: int | None = None) -> Trial:
        """Train, and judge on the validation rows."""
        return self._judged(replace(trial, adapted=self.fit(trial, stop_after=stop_after)))

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

    def _tried(self) -> list[Trial]:
        """Return the candidates that were trained, those that were stopped half-way, too."""
        return [one for one in self.trials if one.epochs and not one.is_control and one.status != "skipped"]

    def _rivals(self) -> list[Trial]:
        return [one for one in self._tried() if one.finished]

    def _hopeless(self, early: Trial) -> bool:
        """Return whether a rival's lead in log loss is beyond what the noise explains."""
        truth = self.bench.material.codes[self.heat.validation]
        best = min(self._rivals(), key=lambda one: one.loss)
        lead = _calibrated_losses(truth, early) - _calibrated_losses(truth, best)
        together = self.bench.rows.together[self.heat.validation]
        return bool(lead.mean() > HOPELESS * mean_error(lead, together, ddof=1))

    def _named(self, name: str) -> bool:
        wanted = self.bench.tools.config.strategy
        return wanted == ("auto",) or name in wanted

    def _judged(self, trial: Trial) -> Trial:
        """Return a fitted trial with its validation metric, its standard error, and its log loss."""
        bench, rows = self.bench, self.heat.validation
        if bench.few and trial.epochs:
            self._keep(trial, trial.model, self.heat.train)
        proba = self._cross_validated(trial) if bench.few else self._answers(trial, trial.model, rows)
        truth = bench.material.codes[rows]
        found = calibrated(truth, proba, bench.metric, bench.shares(self.heat.fitted))
        error = mean_error(hits(found.codes, truth, bench.metric), bench.rows.together[rows])
        value, loss = METRICS[bench.metric](truth, found.codes), log_loss(truth, found.proba)
        return replace(trial, proba=proba, value=value, se=error, loss=loss)

    def _answers(self, trial: Trial, model: Adapted, rows: np.ndarray) -> np.ndarray:
        """Return what a model of a trial answers for rows, (rows, classes)."""
        inputs = self.bench.prepared[trial.name] if trial.is_control else self.bench.material.representation
        return model.predict_proba(inputs, rows)

    def _cross_validated(self, trial: Trial) -> np.ndarray:
        """Return the probabilities (rows, classes) by models of the trial that did not see the row.

        What the trial chose on all rows, such as a penalty, is not chosen again. The parts are the outer folds: a model
        that leaves out two of them judges within either for the other, and one that leaves out the fold that it is
        tested on judges for the choice on all rows. So 16 trainings are enough where parts of every fold's own would
        need 30.
        """
        bench, rows = self.bench, self.heat.validation
        found = np.zeros((len(rows), bench.material.classes))
        outer = bench.rows.outer_folds(seed=bench.tools.config.seed)[rows]
        for fold in np.unique(outer):
            found[outer == fold] = self._without(trial, rows, outer == fold, f"held {fold}")
        return found

    def _without(self, trial: Trial, rows: np.ndarray, held: np.ndarray, name: str) -> np.ndarray:
        """Return what a model of the trial that was fitted on the others of some rows answers for those held back."""
        others = rows[~held]
        if not trial.epochs:
            return self._answers(trial, self._again(trial, others, name), rows[held])
        key = trial.name, others.tobytes()
        if key not in self.bench.answered:
            self._keep(trial, self._again(trial, others, name), others)
        return np.asarray(self.bench.answered[key][rows[held]])

    def _keep(self, trial: Trial, model: Adapted, fitted: np.ndarray) -> None:
        """Keep what a trained model answers for every labelled row that it was not fitted on: other folds will ask."""
        codes = self.bench.material.codes
        others = np.setdiff1d(np.flatnonzero(codes != UNLABELLED), fitted)
        answers = np.full((len(codes), self.bench.material.classes), np.nan)
        if len(others):
            answers[others] = self._answers(trial, model, others)
        self.bench.answered[trial.name, fitted.tobytes()] = answers

    def _again(self, trial: Trial, rows: np.ndarray, name: str) -> Adapted:
        """Return a trial's model fitted on other rows, with the choices that it has made.

        Parameters
        ----------
        name : of the rows, so that no state is shared with what is fitted on others.
        """
        if isinstance(trial.part, Control):
            return fit_control(self.bench, trial.part, rows, replace(self._terms(rows), learned=trial.model.learned_))
        setting = {**trial.setting, **trial.model.learned_}
        heat = Heat(f"{self.heat.scope} {name}", rows, rows[:0], self.heat.views)
        probes = [self.best_probe()] if trial.epochs else []
        starts = [replace(probe, adapted=self._again(probe, rows, name)) for probe in probes]
        return Race(self.bench, heat, starts).fit(replace(trial, setting=setting))

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

    Parameters
    ----------
    rows : the numbers of the rows to fit on.

    Raises
    ------
    NotApplicable : it cannot be had here.
    """
    if control.iterative and not bench.plan.scratch_epochs:
        raise NotApplicable(bench.plan.scratch_reason + ".")
    control.applies(bench.material)
    if control.name not in bench.prepared:
        tools = bench.tools
        bench.prepared[control.name] = control.prepare(bench.material, tools.decoder, progress=tools.progress)
    return control.fit(bench.material, bench.prepared[control.name], rows, terms)


def _unfitted(strategy: str, setting: Mapping[str, Any], epochs: int = 0) -> Trial:
    """Return a candidate that is yet to be trained."""
    return Trial(f"{strategy} at {setting['cut']}", part("strategies", strategy)(), setting, epochs)


def _calibrated_losses(truth: np.ndarray, trial: Trial) -> np.ndarray:
    """Return the log loss of every validation row, (rows,), once a temperature has made the trial as sure as it may be.

    Training makes models too sure, each to another degree; what is delivered is mended so.
    """
    return row_losses(truth, soften(trial.answers, fit_temperature(truth, trial.answers)))
