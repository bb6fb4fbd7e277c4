"""Draws from a pool: some rows go through what `fit` does, and all the others tell what came of it in truth."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _ranking_tasks import Task

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import DataFacts, Evidence, Predictions
from warmstart.core.material import Material
from warmstart.core.split import Split
from warmstart.core.task import Task as Classification
from warmstart.core.task import resolve_metric
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.embed import embed
from warmstart.flow.evaluate import answers, gather, out_of_fold
from warmstart.flow.plan import Plan
from warmstart.flow.procedure import predicted, procedure, refitted, select
from warmstart.flow.race import Race
from warmstart.flow.split import Rows, is_cross_fitted, make_split
from warmstart.flow.trial import Heat
from warmstart.flow.workbench import Tools, Workbench
from warmstart.learning.metrics import METRICS
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

CLOSED_FORMS_ALONE = Plan(
    budget_seconds=1e6,
    steps=(),
    candidates=(),
    left_out=(),
    train_row={},
    epochs=0,
    views=(),
    scratch_epochs=0,
    scratch_reason="the benchmark trains nothing in epochs",
)
"""There is time for all that `fit` decides by fitting again."""


@dataclass(frozen=True)
class World:
    """A pool as one source and the controls see it; the benchmark knows all labels, the procedure those of a draw.

    Parameters
    ----------
    prepared : by control, what it reads of all rows.
    """

    material: Material
    prepared: Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """What the procedure made of a draw."""

    race: Race
    choice: Choice
    evidence: Evidence


def world_of(
    one: Task, source: Backbone, work: Path, cache: Cache, decoder: Decoder, *, cuts: tuple[int, ...] = ()
) -> World:
    """Return a task's pool under a source; passes over it, and the control's, are made once and kept."""
    dataset = one.pool.dataset.take(one.rows)
    classes = Classification(tuple(map(str, range(int(one.codes.max()) + 1))), dataset.modality)
    seen = embed(dataset, source, cuts=cuts, cache=cache, decoder=decoder, threads=decoder.workers)
    material = Material(dataset, classes, one.codes, source, seen)
    prepared = {"hog": _hog(one, material, work, decoder)} if dataset.modality == "image" else {}
    return World(material, prepared)


def _hog(one: Task, material: Material, work: Path, decoder: Decoder) -> np.ndarray:
    file = work / f"hog {one.pool.name}.npy"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished.npy")
        np.save(unfinished, part("controls", "hog")().prepare(material, decoder))
        unfinished.rename(file)
    return np.load(file, mmap_mode="r")


def workbench(world: World, tools: Tools, fitted: np.ndarray, tested: np.ndarray, *, plan: Plan) -> Workbench:
    """Return the experiment of a user who has these rows labelled, and no others.

    Parameters
    ----------
    tested : rows that the user gives as the test part; none, and few rows are cross-fitted.
    """
    codes = np.full(len(world.material.codes), UNLABELLED)
    mine = np.concatenate([fitted, tested])
    codes[mine] = world.material.codes[mine]
    given = np.isin(np.arange(len(codes)), tested)
    dataset = dataclasses.replace(world.material.dataset, roles=tuple(np.where(given, "test", "").tolist()))
    rows = Rows(codes, codes, np.arange(len(codes)))
    crossed = is_cross_fitted(rows, given=bool(len(tested)))
    split = Split(np.where(codes == UNLABELLED, "unlabelled", "train").astype("<U12"))
    if not crossed:
        nothing = np.zeros(len(codes), dtype=bool)
        split = make_split(dataset, rows, test_size=tools.config.test_size, seed=tools.config.seed, seen=nothing)
    return Workbench(
        tools,
        dataclasses.replace(world.material, dataset=dataset, codes=codes),
        rows,
        resolve_metric(tools.config.metric, codes[split.rows("train", "validation")]),
        plan,
        DataFacts(rows=len(mine)),
        split,
        crossed,
        few=False,
        ranking=[],
        prepared=dict(world.prepared),
    )


def judge(bench: Workbench) -> Judged:
    """Choose, fit and test as `fit` does; of delivery, which changes no answer, nothing is done."""
    return _cross_fitted(bench) if bench.crossed else _held_out(bench)


def _held_out(bench: Workbench) -> Judged:
    split, tested = bench.split, bench.split.rows("test")
    heat = Heat("main", split.rows("train"), split.rows("validation"))
    race, named = select(bench, heat)
    choice = refitted(bench, race, named)
    delivered = answers(bench, choice.delivered, tested)
    predictions = predicted(bench, choice, tested, delivered)
    labels = len(heat.fitted)
    evidence = gather(bench, evaluation="held-out", rows=tested, predictions=predictions, curve=(), labels=labels)
    return Judged(race, choice, evidence)


def _cross_fitted(bench: Workbench) -> Judged:
    labelled = bench.split.rows("train")
    outer = bench.rows.outer_folds(seed=bench.tools.config.seed)[labelled]
    parts: dict[str, list[tuple[np.ndarray, Predictions]]] = {}
    folds = np.unique(outer)
    for fold in folds:
        tested = labelled[outer == fold]
        race, choice = procedure(bench, labelled[outer != fold], f"fold {fold + 1}")
        delivered = answers(bench, choice.delivered, tested)
        for name, found in predicted(bench, choice, tested, delivered).items():
            parts.setdefault(name, []).append((tested, found))
    classes = bench.material.classes
    whole = {name: out_of_fold(found, labelled, classes) for name, found in parts.items() if len(found) == len(folds)}
    race, choice = procedure(bench, labelled, "main")
    evidence = gather(
        bench,
        evaluation="cross-fitted",
        rows=labelled,
        predictions=whole,
        curve=(),
        labels=len(labelled),
    )
    return Judged(race, choice, evidence)


def truth_of(world: World, bench: Workbench, ready: Ready) -> float:
    """Return the metric that a model reaches on all rows of the pool that are not in the draw."""
    rest = np.flatnonzero(bench.rows.codes == UNLABELLED)
    return METRICS[bench.metric](world.material.codes[rest], answers(bench, ready, rest).codes)


def controls_in_truth(world: World, bench: Workbench, judged: Judged) -> dict[str, float]:
    """Return the truth about every control, fitted on all rows of the draw."""
    return {one.trial.name: truth_of(world, bench, one) for one in (judged.choice.control, *judged.choice.others)}
