"""Everything that could have been chosen, fitted on the same rows: every source, cut and strategy, and its truth."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _draws import CLOSED_FORMS_ALONE, World, workbench, world_of
from _ranking_tasks import Task

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED
from warmstart.flow.choose import Ready, refit
from warmstart.flow.config import FitConfig
from warmstart.flow.embed import measure
from warmstart.flow.evaluate import answers
from warmstart.flow.look import cuts_to_rank
from warmstart.flow.planning import EPOCHS
from warmstart.flow.procedure import select
from warmstart.flow.race import Race
from warmstart.flow.run import open_run
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.workbench import Tools, Workbench
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

TRAINED, PASS = "partial", "pass"
MEASURED = 112


@dataclasses.dataclass(frozen=True)
class Fitted:
    """One candidate: what it takes to fit, and whether it is right on every row of the rest."""

    source: str
    name: str
    seconds: float
    right: list[bool]


def exhaustive(
    one: Task,
    source: Backbone,
    fitted: np.ndarray,
    tested: np.ndarray,
    config: FitConfig,
    *,
    work: Path,
    folder: Path,
    done: Collection[str],
) -> Iterator[Fitted]:
    """Yield every candidate of a source, and in the end the pass over the rows.

    Parameters
    ----------
    fitted, tested : rows of a user; the rest are what the truth is measured on.
    folder : for the state of trainings.
    done : names of candidates that are known already.
    """
    cuts = [source.cut(setting["cut"]) for setting in part("strategies", TRAINED)().settings(source)]
    with Decoder(workers=config.threads) as decoder, open_run(folder, config.to_json()) as run:
        cache = Cache(work / "cache")
        world = world_of(one, source, work, cache, decoder, cuts=tuple(cuts))
        tools = Tools(config, run, decoder, cache, config.threads)
        bench = workbench(world, tools, fitted, tested, plan=CLOSED_FORMS_ALONE)
        heat = Heat("main", bench.split.rows("train"), bench.split.rows("validation"))
        race, _ = select(bench, heat)
        for trial in _candidates(bench, race):
            if trial.name not in done:
                yield _fitted(world, bench, race, trial)
        yield _pass(world, fitted, tools)


def _pass(world: World, rows: np.ndarray, tools: Tools) -> Fitted:
    """Return what one pass over some rows takes, measured on a hundred of them."""
    source, some = world.material.backbone, rows[:: -(-len(rows) // MEASURED)]
    pace = measure(
        world.material.dataset, source, some, cache=tools.cache, decoder=tools.decoder, threads=tools.threads
    )
    return Fitted(source.card.name, PASS, pace * len(rows), [])


def _candidates(bench: Workbench, race: Race) -> Iterator[Trial]:
    """Yield closed forms as they were raced, a probe on every cut that is ranked, and training above every cut."""
    source = bench.material.backbone
    yield from (trial for trial in race.trials if not trial.is_control)
    for cut in cuts_to_rank(source):
        stage = source.cut_name(cut)
        setting: dict[str, Any] = {"stages": stage, "cut": source.stages[-1].name}
        yield Trial(f"probe {stage}", part("strategies", "probe")(), setting)
    trained = part("strategies", TRAINED)()
    for setting in trained.settings(source):
        yield Trial(f"{TRAINED} at {setting['cut']}", trained, setting, EPOCHS[source.modality])


def _fitted(world: World, bench: Workbench, race: Race, trial: Trial) -> Fitted:
    """Fit a candidate on all rows that are not tested, and ask it for all rows that nobody has."""
    rest = np.flatnonzero(bench.rows.codes == UNLABELLED)
    # What was not raced chose nothing yet: it is fitted by its setting alone.
    before = trial.adapted or race.best_probe().model
    again = refit(bench, race, Ready(trial, before, 1.0, np.ones(bench.material.classes)))
    right = answers(bench, again, rest).codes == world.material.codes[rest]
    seconds = (trial.adapted or again.adapted).seconds_
    return Fitted(bench.material.backbone.card.name, trial.name, seconds, right.tolist())
