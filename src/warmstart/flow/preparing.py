"""Everything before the race: load, split, take a source, measure, plan, embed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.core.representation import Representation
from warmstart.core.split import Split
from warmstart.core.task import resolve_metric
from warmstart.flow.embed import embed
from warmstart.flow.few_labels import are_few, with_note
from warmstart.flow.load import Loaded, for_source
from warmstart.flow.parted import part_rows
from warmstart.flow.planning import Planning
from warmstart.flow.rank import rank, with_cuts
from warmstart.flow.shortcuts import shortcuts
from warmstart.flow.split import INNER_FOLDS, Rows
from warmstart.flow.views import Turned, choose_views, some_rows
from warmstart.flow.workbench import Tools, Workbench
from warmstart.modalities._base import Inspection


def prepare(tools: Tools) -> Workbench:
    """Return the experiment with its data loaded and embedded, its source taken and its plan made."""
    parted = part_rows(tools)
    loaded, rows, split, sample = parted.loaded, parted.rows, parted.split, parted.sample
    entrants, crossed = parted.entrants, parted.crossed
    few = crossed and are_few(rows, len(loaded.task.classes), tools.config.strategy)
    planning = Planning(tools, loaded.dataset, len(loaded.task.classes), split, crossed, few)
    with tools.watch.measure("rank"):
        ranked = rank(tools, loaded.dataset, entrants, None if crossed else sample, planning.cuts, planning.pays)
    loaded = _looked_over(tools, loaded, ranked.backbone, rows, split)
    fitted = split.rows("train", "validation")
    if few:
        loaded = dataclasses.replace(loaded, facts=with_note(loaded.facts, rows, len(loaded.task.classes)))
    plan = planning.plan(ranked, entrants)
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
