"""The procedure that is tested: race, name, decide, and fit again, on some rows and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.core.evidence import Predictions
from warmstart.flow.choose import Choice, choose, refit
from warmstart.flow.decide import with_lead
from warmstart.flow.evaluate import CANDIDATE, CONTROL, DELIVERED, answers
from warmstart.flow.race import Race
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.trial import Heat
from warmstart.flow.views import choose_views
from warmstart.flow.workbench import Workbench


def procedure(bench: Workbench, rows: np.ndarray, scope: str) -> tuple[Race, Choice]:
    """Make every choice on some rows, and fit what was chosen on all of them."""
    seed = bench.tools.config.seed
    train, validation = (rows, rows) if bench.few else bench.rows.part(rows, 0.2, seed=seed + 1)
    tried = {name: bench.views[name] for name in bench.plan.views}
    folds = bench.rows.folds(train, INNER_FOLDS, seed=seed)
    with bench.tools.watch.measure("adapt"):
        views = choose_views(bench.material.representation, tried, bench.material.codes, train, folds)
    race, choice = select(bench, Heat(scope, train, validation, views))
    with bench.tools.watch.measure("adapt"):
        return race, refitted(bench, race, choice)


def select(bench: Workbench, heat: Heat) -> tuple[Race, Choice]:
    """Run the race and name the candidate and the control."""
    race, seconds = Race(bench, heat), bench.tools.watch.seconds
    with bench.tools.watch.measure("adapt"):
        race.run()
        choice = with_lead(bench, race, choose(bench, heat, race.trials))
    seconds["controls"] = seconds.get("controls", 0.0) + race.control_seconds
    seconds["adapt"] -= race.control_seconds
    return race, choice


def refitted(bench: Workbench, race: Race, named: Choice) -> Choice:
    """Return candidate and controls fitted again on training and validation rows together.

    Of the other controls, what is trained in epochs stays as it was raced.
    """
    candidate, control = refit(bench, race, named.candidate), refit(bench, race, named.control)
    others = [one if one.trial.epochs else refit(bench, race, one) for one in named.others]
    return replace(named, candidate=candidate, control=control, others=tuple(others))


def predicted(bench: Workbench, choice: Choice, rows: np.ndarray, delivered: Predictions) -> dict[str, Predictions]:
    """Return the answers of what is delivered, of the candidate and of every control on the test rows."""
    candidate = answers(bench, choice.candidate, rows) if choice.delivers_control else delivered
    control = delivered if choice.delivers_control else answers(bench, choice.control, rows)
    found = {DELIVERED: delivered, CANDIDATE: candidate, CONTROL: control, choice.control.trial.name: control}
    return found | {one.trial.name: answers(bench, one, rows) for one in choice.others}
