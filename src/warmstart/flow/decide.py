"""Which is delivered: the candidate where it leads the control on every row that may be fitted, by folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.controls._base import Control
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.curves import fit_again
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.race import Race
from warmstart.flow.workbench import Workbench
from warmstart.learning.metrics import METRICS

FOLDS = 5
ENOUGH = 400
"""So many validation rows decide by themselves."""


def with_lead(bench: Workbench, race: Race, named: Choice) -> Choice:
    """Return the choice with the lead of its candidate, by folds over training and validation rows.

    On a few dozen validation rows two models differ by several points for nothing, and the candidate was
    named as the best of many there. So it would often be delivered where the control is better. Fitted
    again on the other folds, by the recipes that were named, both answer all rows. What is trained in
    epochs is too dear for that, and so is all of it where no time is left.
    """
    rows = race.heat.fitted
    enough = len(race.heat.validation) >= min(ENOUGH, len(rows))
    if enough or _is_trained(named.candidate) or _is_trained(named.control) or not _in_time(bench, race, named):
        return named
    folds = bench.rows.folds(rows, FOLDS, seed=bench.tools.config.seed)
    measure, truth = METRICS[bench.metric], bench.material.codes[rows]
    candidate, control = (
        measure(truth, _answered(bench, race, one, rows, folds)) for one in (named.candidate, named.control)
    )
    return replace(named, lead=candidate - control)


def _in_time(bench: Workbench, race: Race, named: Choice) -> bool:
    """Return whether there is time to fit both again, as settled when it was first asked."""
    seconds = FOLDS * (named.candidate.adapted.seconds_ + named.control.adapted.seconds_)
    return bool(bench.tools.run.settle(f"decide {race.deadline.asked}", race.deadline.allows(seconds)))


def _answered(bench: Workbench, race: Race, ready: Ready, rows: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the codes (rows,) that a model answers where it was fitted on the other folds."""
    codes = np.zeros(len(rows), dtype=np.int64)
    for fold in np.unique(folds):
        held = folds == fold
        again = replace(ready, adapted=fit_again(bench, ready, race, rows[~held]))
        codes[held] = again.answer(inputs_of(bench, ready), rows[held])[1]
    return codes


def _is_trained(ready: Ready) -> bool:
    part = ready.trial.part
    return part.iterative if isinstance(part, Control) else ready.trial.epochs > 0
