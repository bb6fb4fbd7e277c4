"""Everything before the race: load, split, take a source, measure, plan, embed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.backbone import Backbone
from warmstart.core.catalog import catalog, part, parts
from warmstart.core.material import Material
from warmstart.core.representation import Representation
from warmstart.core.split import Split
from warmstart.core.task import resolve_metric
from warmstart.errors import OptionError, listed
from warmstart.flow.embed import embed
from warmstart.flow.few_labels import EPOCHS as FEW_EPOCHS
from warmstart.flow.few_labels import NO_SCRATCH, are_few, judging_seconds, trained_rows, with_note
from warmstart.flow.load import Loaded, for_source
from warmstart.flow.other_source import choose_other
from warmstart.flow.parted import part_rows
from warmstart.flow.plan import Pace, Plan, Sizes, Wish, make_plan
from warmstart.flow.rank import Ranked, rank, with_cuts
from warmstart.flow.shortcuts import shortcuts
from warmstart.flow.sources import Contender
from warmstart.flow.split import INNER_FOLDS, OUTER_FOLDS, Rows
from warmstart.flow.views import Turned, choose_views, some_rows, views_of
from warmstart.flow.workbench import Tools, Workbench
from warmstart.modalities._base import Inspection

EPOCHS = {"image": 6, "text": 3}


def prepare(tools: Tools) -> Workbench:
    """Return the experiment with its data loaded and embedded, its source taken and its plan made."""
    parted = part_rows(tools)
    loaded, rows, split, sample = parted.loaded, parted.rows, parted.split, parted.sample
    entrants, crossed = parted.entrants, parted.crossed
    few = crossed and are_few(rows, len(loaded.task.classes), tools.config.strategy)
    with tools.watch.measure("rank"):
        ranked = rank(
            tools, loaded.dataset, entrants, None if crossed else sample, lambda one: _cuts(tools, one, few=few)
        )
    loaded = _looked_over(tools, loaded, ranked.backbone, rows, split)
    fitted = split.rows("train", "validation")
    if few:
        loaded = dataclasses.replace(loaded, facts=with_note(loaded.facts, rows, len(loaded.task.classes)))
    plan = _plan(tools, loaded, ranked, split, entrants, crossed=crossed, few=few)
    cuts = {ranked.backbone.cut(name) for name in plan.cuts}
    cuts |= {0} if plan.scratch_epochs else set()
    plain = _embed(tools, loaded, ranked.backbone, cuts)
    material = Material(loaded.dataset, loaded.task, rows.codes, ranked.backbone, plain)
    ranking = with_cuts(ranked, plain, sample).to_json()
    metric = resolve_metric(tools.config.metric, rows.codes[fitted])
    bench = Workbench(tools, material, rows, metric, plan, loaded.facts, split, crossed, few, ranking, ranked.reason)
    names = plan.views if crossed else _helpful_views(bench, loaded)
    bench.views = {name: _view(bench, loaded, name, cuts, fitted) for name in names}
    return bench


def _looked_over(tools: Tools, loaded: Loaded, backbone: Backbone, rows: Rows, split: Split) -> Loaded:
    """Return the data with all that is known of it, without what only that was needed for."""
    with tools.watch.measure("diagnose"):
        found = shortcuts(loaded, rows, split.rows("train"))
    facts = dataclasses.replace(for_source(loaded, backbone), shortcuts=found)
    slim = dataclasses.replace(loaded.dataset, aside={})
    return dataclasses.replace(loaded, dataset=slim, facts=facts, inspection=Inspection(loaded.inspection.hashes))


def _cuts(tools: Tools, backbone: Backbone, *, few: bool) -> list[str]:
    """Return the names of the cuts that training may start from, "input" among them."""
    cuts = ["input", *(str(wish.setting["cut"]) for wish in _wishes(tools, backbone, few=few))]
    return list(dict.fromkeys(cuts))


def _wishes(tools: Tools, backbone: Backbone, *, few: bool) -> list[Wish]:
    """Return the iterative candidates that may enter, the most wanted first; with few labels, those made for them.

    Of the cuts of one strategy the deepest comes first: where it can be paid, it is rarely beaten.

    Raises
    ------
    OptionError : a named strategy, or the named cut, does not exist, nothing lies above the cut, or L2-SP
        concerns none of them.
    """
    config = tools.config
    cut = None if config.cut == "auto" else backbone.cut(config.cut)
    if cut == len(backbone.stages):
        raise OptionError(
            f"`--cut` must leave a stage to train. '{config.cut}' is the last of '{backbone.card.name}'. "
            f"Name an earlier one, such as {backbone.stages[len(backbone.stages) // 2].name}, or leave --cut."
        )
    names = list(catalog("strategies")) if config.strategy == ("auto",) else list(config.strategy)
    found: list[Wish] = []
    for name in names:
        kind = part("strategies", name)
        unasked = kind.for_few == few and backbone.modality in kind.proven
        if not kind.iterative or (config.strategy == ("auto",) and not unasked):
            continue
        settings = kind().settings(backbone)
        if cut is not None and backbone.cut(settings[0]["cut"]) > 0:
            settings = [{**settings[0], "cut": backbone.cut_name(cut)}]
        if config.l2_sp and kind.anchored:
            settings = [{**setting, "l2_sp": config.l2_sp} for setting in settings]
        found += [Wish(name, setting, kind.fewest_epochs) for setting in reversed(settings)]
    if config.l2_sp and not any("l2_sp" in wish.setting for wish in found):
        concerned = listed([name for name in catalog("strategies") if part("strategies", name).anchored])
        raise OptionError(f"`--l2-sp` concerns {concerned} alone. None of them may enter: name one with --strategy.")
    modality = backbone.card.modality
    return sorted(found, key=lambda wish: part("strategies", wish.strategy)().turn(modality))


def _plan(
    tools: Tools,
    loaded: Loaded,
    ranked: Ranked,
    split: Split,
    entrants: Sequence[Contender],
    *,
    crossed: bool,
    few: bool,
) -> Plan:
    """Return the plan that run.json holds; make it where there is none yet."""
    if "plan" not in tools.run.record:
        rows = split.count("train") + split.count("validation")
        train = round(0.8 * 0.8 * rows) if crossed else split.count("train")
        classes = len(loaded.task.classes)
        modality = loaded.dataset.modality
        pace = Pace(
            spent=tools.run.elapsed(),
            embed_row=ranked.speed.embed_row,
            train_row=ranked.speed.train_row,
            control=_control_seconds(modality, len(loaded.dataset)),
            closed=judging_seconds(train, classes) if few else closed_seconds(train, classes),
        )
        sizes = Sizes(
            all=len(loaded.dataset),
            train=trained_rows(rows) if few else train,
            fitted=round(0.8 * rows) if crossed else rows,
            refits=not few,
            repeats=OUTER_FOLDS + 1 if crossed else 1,
            views=() if few else views_of(modality),
            epochs=FEW_EPOCHS if few else EPOCHS.get(modality, 4),
        )
        named = tools.config.strategy
        forced = named != ("auto",) and all(part("strategies", name).iterative for name in named)
        other = choose_other(tools, loaded.dataset, ranked, entrants)
        wishes = _wishes(tools, ranked.backbone, few=few)
        no_scratch = NO_SCRATCH if few else ""
        plan = make_plan(tools.config.budget, pace, sizes, wishes, forced=forced, other=other, no_scratch=no_scratch)
        tools.run.settle("plan", plan.to_json())
    return Plan.from_json(tools.run.record["plan"])


def closed_seconds(train: int, classes: int) -> float:
    """Return what fitting all closed forms once is predicted to take."""
    return 0.2 + 0.0015 * train * math.sqrt(classes)


def _control_seconds(modality: str, rows: int) -> float:
    """Return what preparing and fitting the quick controls is predicted to take."""
    kinds: list[type[Control]] = parts("controls")
    return sum(one.start_seconds.get(modality, 0.0) + one.row_seconds.get(modality, 0.0) * rows for one in kinds)


def _helpful_views(bench: Workbench, loaded: Loaded) -> tuple[str, ...]:
    """Return the views that help a probe on a few training rows."""
    if not bench.plan.views:
        return ()
    rows = some_rows(bench.split.rows("train"))
    backbone = bench.material.backbone
    tried = {name: _embed(bench.tools, loaded, backbone, (), view=name, rows=rows) for name in bench.plan.views}
    folds = bench.rows.folds(rows, INNER_FOLDS, seed=bench.tools.config.seed)
    with bench.tools.watch.measure("adapt"):
        return choose_views(bench.material.representation, tried, bench.material.codes, rows, folds)


def _view(bench: Workbench, loaded: Loaded, name: str, cuts: set[int], rows: np.ndarray) -> Representation:
    """Return the representation of the fitted rows under a view; at cut 0 it is turned when it is read."""
    above = {cut for cut in cuts if cut > 0}
    found = _embed(bench.tools, loaded, bench.material.backbone, above, view=name, rows=rows)
    plain = bench.material.representation.boundaries
    turned = {0: Turned(plain[0], name)} if 0 in plain else {}
    return dataclasses.replace(found, boundaries={**found.boundaries, **turned})


def _embed(tools: Tools, loaded: Loaded, backbone: Backbone, cuts: Any, **which: Any) -> Representation:
    """Return the representation of the loaded rows, from the cache where it is."""
    with tools.watch.measure("embed"):
        return embed(
            loaded.dataset,
            backbone,
            cuts=cuts,
            cache=tools.cache,
            decoder=tools.decoder,
            threads=tools.threads,
            progress=tools.progress,
            **which,
        )
