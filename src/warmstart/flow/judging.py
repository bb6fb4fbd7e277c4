"""How well a fitted trial does: on the validation rows, or, with few labels, by folds over all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.adapted import Adapted
from warmstart.core.dataset import UNLABELLED
from warmstart.flow.calibrated import calibrated, hits
from warmstart.flow.fitting import Fitting, fit_control
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.workbench import Workbench
from warmstart.learning.clustered import mean_error
from warmstart.learning.metrics import METRICS, log_loss


def judged(bench: Workbench, heat: Heat, trial: Trial, probe: Trial | None) -> Trial:
    """Return a fitted trial with its validation metric, its standard error, and its log loss.

    Parameters
    ----------
    probe : the one that its training started from; None where it was not trained.
    """
    rows = heat.validation
    if bench.few and trial.epochs:
        _keep(bench, trial, trial.model, heat.train)
    proba = _cross_validated(bench, heat, trial, probe) if bench.few else _answers(bench, trial, trial.model, rows)
    truth = bench.material.codes[rows]
    found = calibrated(truth, proba, bench.metric, bench.shares(heat.fitted))
    error = mean_error(hits(found.codes, truth, bench.metric), bench.rows.together[rows])
    value, loss = METRICS[bench.metric](truth, found.codes), log_loss(truth, found.proba)
    return replace(trial, proba=proba, value=value, se=error, loss=loss)


def _answers(bench: Workbench, trial: Trial, model: Adapted, rows: np.ndarray) -> np.ndarray:
    """Return what a model of a trial answers for rows, (rows, classes)."""
    inputs = bench.prepared[trial.name] if trial.is_control else bench.material.representation
    return model.predict_proba(inputs, rows)


def _cross_validated(bench: Workbench, heat: Heat, trial: Trial, probe: Trial | None) -> np.ndarray:
    """Return the probabilities (rows, classes) by models of the trial that did not see the row.

    What the trial chose on all rows, such as a penalty, is not chosen again. The parts are the outer folds: a model
    that leaves out two of them judges within either for the other, and one that leaves out the fold that it is
    tested on judges for the choice on all rows. So 16 trainings are enough where parts of every fold's own would
    need 30.
    """
    rows = heat.validation
    found = np.zeros((len(rows), bench.material.classes))
    outer = bench.rows.outer_folds(seed=bench.tools.config.seed)[rows]
    for fold in np.unique(outer):
        held = outer == fold
        others = Heat(f"{heat.scope} held {fold}", rows[~held], rows[:0], heat.views)
        found[held] = _without(bench, others, trial, probe, rows[held])
    return found


def _without(bench: Workbench, others: Heat, trial: Trial, probe: Trial | None, held: np.ndarray) -> np.ndarray:
    """Return what a model of the trial that was fitted on other rows answers for those held back."""
    if not trial.epochs:
        return _answers(bench, trial, _again(bench, others, trial), held)
    key = trial.name, others.train.tobytes()
    if key not in bench.answered:
        start = None if probe is None else _again(bench, others, probe)
        _keep(bench, trial, _again(bench, others, trial, start), others.train)
    return np.asarray(bench.answered[key][held])


def _keep(bench: Workbench, trial: Trial, model: Adapted, fitted: np.ndarray) -> None:
    """Keep what a trained model answers for every labelled row that it was not fitted on: other folds will ask."""
    codes = bench.material.codes
    others = np.setdiff1d(np.flatnonzero(codes != UNLABELLED), fitted)
    answers = np.full((len(codes), bench.material.classes), np.nan)
    if len(others):
        answers[others] = _answers(bench, trial, model, others)
    bench.answered[trial.name, fitted.tobytes()] = answers


def _again(bench: Workbench, heat: Heat, trial: Trial, start: Adapted | None = None) -> Adapted:
    """Return a trial's model fitted on the training rows of another heat, with the choices that it has made."""
    if isinstance(trial.part, Control):
        return fit_control(bench, trial.part, heat.train, learned=trial.model.learned_)
    setting = {**trial.setting, **trial.model.learned_}
    return Fitting(bench, heat).fit(replace(trial, setting=setting), start)
