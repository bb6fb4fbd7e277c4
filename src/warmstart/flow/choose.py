"""Choose on validation: the least forgetful candidate that is hardly worse than the best.

What forgets less is cheaper too: closed forms, then the top, then everything. Among those that forget
alike nothing is left to save, since the plan has paid for fitting any of them again, and all answer at
the same cost: the best is taken. No clock is asked, or a resumed run would choose otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmstart.controls._base import Control, Terms
from warmstart.core.adapted import Adapted
from warmstart.core.decision import decide
from warmstart.core.evidence import Predictions
from warmstart.errors import WarmstartError
from warmstart.flow.race import Race, fit_control
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.workbench import Workbench
from warmstart.learning.abstaining import threshold
from warmstart.learning.calibration import fit_decision, fit_temperature, soften
from warmstart.learning.metrics import METRICS, log_loss
from warmstart.strategies._base import Strategy

ROUNDING = 1e-9
CLEAR = 2.0


@dataclass(frozen=True)
class Ready:
    """A trial with how its probabilities are softened and turned into answers, both fitted on validation.

    Parameters
    ----------
    adapted : the model, fitted again on all rows once `refit` has been through.
    abstain_below : the probability below which an answer is better not given; 0 where none is.
    """

    trial: Trial
    adapted: Adapted
    temperature: float
    weights: np.ndarray
    abstain_below: float = 0.0

    def answer(self, inputs: object, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return calibrated probabilities (rows, classes) and answered codes (rows,)."""
        proba = soften(self.adapted.predict_proba(inputs, rows), self.temperature)
        return proba, decide(proba, self.weights)

    def fitted_on(self, heat: Heat) -> np.ndarray:
        """Return the rows it is fitted on once `refit` has been through: all, or where time lacked, those to train."""
        return heat.fitted if self.trial.again else heat.train


@dataclass(frozen=True)
class Choice:
    """What was named on validation: the best transferred candidate, the best control, and which is delivered.

    Parameters
    ----------
    lead : metric of the candidate minus that of the control where more rows than those of validation tell; else None.
    """

    candidate: Ready
    control: Ready
    lead: float | None = None

    @property
    def delivers_control(self) -> bool:
        """Whether transfer did not win, so that the control is delivered."""
        if self.lead is not None:
            return self.lead <= 0
        return self.control.trial.value >= self.candidate.trial.value

    @property
    def delivered(self) -> Ready:
        """The one that is delivered."""
        return self.control if self.delivers_control else self.candidate

    @property
    def borrowed(self) -> bool:
        """Whether what is delivered is made from the source; of the controls the untouched source is."""
        return not self.delivers_control or self.delivered.trial.part.name == "untouched"


def choose(bench: Workbench, heat: Heat, trials: Sequence[Trial]) -> Choice:
    """Name the candidate and the control, and fit temperature and decision weights for both.

    Raises
    ------
    WarmstartError : no candidate finished.
    """
    truth = bench.material.codes[heat.validation]
    candidates = [one for one in trials if one.finished and not one.is_control]
    controls = [one for one in trials if one.finished and one.is_control]
    if not candidates:
        raise WarmstartError("No strategy finished, so there is nothing to choose from. Name others with --strategy.")
    ready = [_ready(bench, one, truth) for one in candidates]
    highest = max(one.trial.value for one in ready)
    tolerated = bench.tools.config.tolerance + ROUNDING
    forgets = min(_forgets(one) for one in ready if highest - one.trial.value <= tolerated)
    candidate = _best([one for one in ready if _forgets(one) == forgets], truth, bench.metric)
    against = [_ready(bench, one, truth) for one in controls]
    return Choice(candidate, max(against, key=lambda one: (one.trial.value, -one.trial.loss)))


def _best(ready: Sequence[Ready], truth: np.ndarray, metric: str) -> Ready:
    """Return, of those whose metric is not clearly below the highest, the one with the lowest log loss.

    The metric counts rows and the log loss weighs them, so that it tells near equals apart by less chance: over
    84 draws from eight datasets a source's stage so chosen was 0.26 points below the best one, by the metric
    alone 0.51. Only what forgets alike is told apart so: training gains accuracy at the cost of log loss.
    """
    highest = max(ready, key=lambda one: (one.trial.value, -one.trial.loss))
    near = [one for one in ready if not _clearly_below(one, highest, truth, metric)]
    return min(near, key=lambda one: one.trial.loss)


def _clearly_below(one: Ready, highest: Ready, truth: np.ndarray, metric: str) -> bool:
    """Return whether the metric is lower by more than CLEAR standard errors of the paired difference of hits."""
    apart = _hits(highest, truth, metric) - _hits(one, truth, metric)
    error = float(apart.std() / np.sqrt(len(truth)))
    return highest.trial.value - one.trial.value > CLEAR * error + ROUNDING


def _hits(ready: Ready, truth: np.ndarray, metric: str) -> np.ndarray:
    """Return what every validation row adds to the metric's mean (rows,): a hit, or that by its class's share.

    The second is balanced accuracy, and near enough macro F1.
    """
    codes = decide(soften(ready.trial.answers, ready.temperature), ready.weights)
    hits = np.asarray(codes == truth, dtype=np.float64)
    counts = np.bincount(truth)
    return hits if metric == "accuracy" else hits * len(truth) / (counts[truth] * np.count_nonzero(counts))


def refit(bench: Workbench, race: Race, ready: Ready) -> Ready:
    """Return the choice fitted again on training and validation rows together, by the same recipe.

    What the plan keeps no time for is returned as it was raced, and so is what was fitted on all of them.
    """
    if not ready.trial.again or len(race.heat.train) == len(race.heat.fitted):
        return ready
    nothing = np.zeros(0, np.int64)
    heat = replace(race.heat, scope=f"{race.heat.scope}-refit", train=race.heat.fitted, validation=nothing)
    seed = bench.tools.config.seed
    trial = ready.trial
    if isinstance(trial.part, Control):
        terms = Terms(
            seed,
            bench.rows.folds(heat.train, INNER_FOLDS, seed=seed),
            learned=trial.adapted.learned_ if trial.adapted else {},
            epochs=trial.epochs,
            checkpoint=bench.checkpoint(heat.scope, trial.name),
        )
        return replace(ready, adapted=fit_control(bench, trial.part, heat.train, terms))
    again = Race(bench, heat)
    if trial.epochs:
        probe = race.best_probe()
        again.trials.append(replace(probe, adapted=again.fit(repeated(probe))))
    return replace(ready, adapted=again.fit(repeated(trial)))


def repeated(trial: Trial) -> Trial:
    """Return the trial with the choices it made on validation in its setting, so that they are not made again."""
    learned = trial.adapted.learned_ if trial.adapted else {}
    members = tuple(repeated(one) for one in trial.members)
    return replace(trial, setting={**trial.setting, **learned}, members=members)


def _ready(bench: Workbench, trial: Trial, truth: np.ndarray) -> Ready:
    """Return a finished trial, calibrated, its validation metric that of the answers it would give."""
    if trial.proba is None or trial.adapted is None:
        raise WarmstartError(f"'{trial.name}' did not finish, and so cannot be chosen.")
    temperature = fit_temperature(truth, trial.proba)
    proba = soften(trial.proba, temperature)
    weights = np.ones(proba.shape[1])
    if bench.metric != "accuracy":
        priors = np.bincount(truth, minlength=proba.shape[1]) / len(truth)
        weights = fit_decision(truth, proba, METRICS[bench.metric], priors)
    codes = decide(proba, weights)
    value = METRICS[bench.metric](truth, codes)
    abstain_below = threshold(truth, Predictions(proba, codes))
    judged = replace(trial, value=value, loss=log_loss(truth, proba))
    return Ready(judged, trial.adapted, temperature, weights, abstain_below)


def _forgets(ready: Ready) -> int:
    return ready.trial.part.forgets if isinstance(ready.trial.part, Strategy) else 0
