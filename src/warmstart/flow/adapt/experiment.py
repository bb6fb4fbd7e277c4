"""The adaptation that `adapt` runs, from the two data sets to the verified bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.adaptation._base import Domains
from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import Representation
from warmstart.errors import BudgetError
from warmstart.flow.adapt.choice import JUDGED, Adaptation, by_gate, by_mix
from warmstart.flow.adapt.config import AdaptConfig
from warmstart.flow.adapt.delivery import deliver_adapted
from warmstart.flow.adapt.pair import AdaptedPair, Pair, Seen, stages_of
from warmstart.flow.adapt.target_labels import Labelled, by_labels, load_labels
from warmstart.flow.adapt.target_rows import load_target
from warmstart.flow.adapt.tried import SOURCE_ONLY, Tried, mean_proba, try_methods
from warmstart.flow.ancestry import licences_of
from warmstart.flow.config import AUTO
from warmstart.flow.embed import embed, is_embedded
from warmstart.flow.outcome import Outcome, carried_out
from warmstart.flow.parted import load_data
from warmstart.flow.plan import DELIVERY_SECONDS
from warmstart.flow.planning import closed_seconds
from warmstart.flow.rank import Ranked, Sample, rank
from warmstart.flow.run import Run
from warmstart.flow.sources import contenders
from warmstart.flow.split import INNER_FOLDS, describe_rows
from warmstart.flow.workbench import Tools
from warmstart.learning.domain_distance import domain_distance
from warmstart.learning.linear import PENALTIES, fit_logistic
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

FITS = 4
SHARE = 0.1
"""What a pass of a source over both data sets may take of the budget, unless it is the cheapest."""
"""Closed forms in all, as multiples of fitting the source's head."""


def adapt(
    config: AdaptConfig,
    *,
    progress: Progress = silent,
    started: float | None = None,
    cache: Cache | None = None,
) -> Outcome:
    """Adapt labelled rows of one domain to unlabelled rows of another, and deliver a bundle.

    Parameters
    ----------
    progress : told the step, how much of it is done, and of how much.
    started : `time.monotonic()` when the process began; the budget counts from there.
    cache : where representations are kept; the user's cache by default.

    Raises
    ------
    DataError, OptionError, SourceError, BudgetError, RunConflict : what the user can mend.
    """
    config.check()

    def tools(run: Run, decoder: Decoder, threads: int) -> Tools:
        return Tools(config.source, run, decoder, cache or Cache(), threads, progress=progress)

    def steps(run: Run, decoder: Decoder, threads: int) -> dict[str, Any]:
        return _adapted(tools(run, decoder, threads), config)

    def recheck(run: Run, decoder: Decoder, threads: int) -> None:
        _load(tools(run, decoder, threads), config)

    settings, again = config.to_json(), None if config.named else recheck
    return carried_out(config.folder, settings, steps, started=started, threads=config.source.threads, recheck=again)


def _adapted(tools: Tools, config: AdaptConfig) -> dict[str, Any]:
    """Run every step in order, and return the result."""
    with tools.watch.measure("load"):
        pair = _load(tools, config)
    ranked = _source(tools, pair)
    with tools.watch.measure("embed"):
        seen = _embed(tools, pair, ranked.backbone)
    with tools.watch.measure("adapt"):
        found = _try(tools, config, pair, seen, ranked)
    return deliver_adapted(tools, found)


def _load(tools: Tools, config: AdaptConfig) -> Pair:
    """Read the labelled rows, the target, and the labelled target rows where they were named.

    Raises
    ------
    RunConflict : the run was begun on others.
    """
    source = load_data(tools)
    mix = config.shares(source.task)
    target = load_target(tools, source.dataset, config.target)
    tools.run.require_same("target", target.dataset)
    labelled = None
    networks = contenders(tools.config.source, source.dataset.modality)
    if config.labels is not None:
        seen = frozenset[str]().union(*(one.card.rows_seen() for one in networks))
        labelled = load_labels(tools, source, target, seen, named=config.labels, data=config.target)
    return Pair(source, networks, target, labelled, mix)


def _source(tools: Tools, pair: Pair) -> Ranked:
    """Take a source as `fit` does, by the labelled rows, and refuse a budget that does not pay for it.

    Raises
    ------
    BudgetError : it does not.
    """
    dataset = pair.source.dataset
    sample = Sample(dataset.codes(pair.source.task), pair.fitted)
    rows, limit = sum(map(len, _datasets(pair))), SHARE * tools.config.budget
    with tools.watch.measure("rank"):
        ranked = rank(
            tools, dataset, pair.networks, sample, lambda _: ["input"], lambda _, speed: speed.embed_row * rows <= limit
        )
    new = [one for one in _datasets(pair) if not is_embedded(one, ranked.backbone, tools.cache)]
    closed = FITS * closed_seconds(len(pair.fitted), len(pair.source.task.classes))
    rest = ranked.speed.embed_row * sum(map(len, new)) + closed + DELIVERY_SECONDS
    least = tools.run.elapsed() + rest
    if "plan" not in tools.run.record and tools.config.budget < least:
        raise BudgetError(
            f"The budget must pay for loading, one pass over both data sets and delivery: about {least:.0f} s here. "
            f"Got {tools.config.budget:.0f} s. Try --budget {1.2 * least:.0f}s."
        )
    tools.run.settle("plan", {"budget_seconds": tools.config.budget, "seconds": round(rest, 1)})
    return ranked


def _datasets(pair: Pair) -> list[Dataset]:
    """Return what the source is run over: labelled rows only where they are not among the target's."""
    apart = pair.labelled is not None and _places(pair, pair.labelled) is None
    return [pair.source.dataset, pair.target.dataset, *([pair.labelled.dataset] if apart and pair.labelled else [])]


def _places(pair: Pair, labelled: Labelled) -> np.ndarray | None:
    """Return which target rows the labelled ones are, None where some are other inputs."""
    rows = {key: row for row, key in enumerate(pair.target.dataset.hashes or ())}
    places = np.array([rows.get(key, -1) for key in labelled.dataset.hashes or ()])
    return places if len(places) and places.min() >= 0 else None


def _embed(tools: Tools, pair: Pair, backbone: Backbone) -> Seen:
    """Run the source over every data set once; what was run before is in the cache."""

    def seen(dataset: Dataset) -> Representation:
        return embed(
            dataset,
            backbone,
            cache=tools.cache,
            decoder=tools.decoder,
            threads=tools.threads,
            progress=_under_name(tools.progress, dataset.name),
        )

    found = [seen(dataset) for dataset in _datasets(pair)]
    labelled = None
    if pair.labelled is not None:
        places = _places(pair, pair.labelled)
        rows = np.arange(len(pair.labelled.codes)) if places is None else places
        labelled = found[-1].table(stages_of(backbone), rows)
    return Seen(backbone, found[0], found[1], labelled)


def _under_name(progress: Progress, name: str) -> Progress:
    def told(step: str, done: int, total: int) -> None:
        progress(f"{step} {name}", done, total)

    return told


def _try(tools: Tools, config: AdaptConfig, pair: Pair, seen: Seen, ranked: Ranked) -> AdaptedPair:
    """Fit the source's head and every method, and choose."""
    source = seen.source.table(seen.stages, pair.fitted)
    new = seen.target.table(seen.stages, pair.target.new)
    codes = pair.source.dataset.codes(pair.source.task)[pair.fitted]
    rows = describe_rows(pair.source.dataset, pair.source.task, pair.source.duplicate_of)
    folds = rows.folds(pair.fitted, INNER_FOLDS, seed=tools.config.seed)
    tools.progress("adapt", 0, 1)
    head, penalty = fit_logistic(source, codes, len(pair.source.task.classes), folds, penalties=PENALTIES)
    domains = Domains(source, codes, len(pair.source.task.classes), new, head, penalty, pair.mix)
    distance = domain_distance(
        seen.source.table(seen.stages, _distinct(pair.source.dataset, pair.fitted)),
        seen.target.table(seen.stages, _distinct(pair.target.dataset, pair.target.new)),
        seed=tools.config.seed,
    )
    tried = try_methods(domains, config.methods, progress=tools.progress)
    judged = [JUDGED] if config.methods == AUTO else [name for name in config.methods if name != SOURCE_ONLY]
    chosen, evidence = (by_gate if pair.mix is None else by_mix)(tried, judged), None
    if pair.labelled is not None and seen.labelled is not None:
        options = _options(tried, chosen)
        proba = {one.name: mean_proba(one.heads.values(), seen.labelled) for one in options}
        chosen, evidence = by_labels(options, proba, pair.labelled, pair.source.task, tools)
        evidence = replace(evidence, licences=licences_of(seen.backbone.card, pair.source.dataset.licence))
    return AdaptedPair(pair, seen, ranked, distance, tried, chosen, evidence)


def _distinct(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the row numbers without copies: where one is known, the others are too easily told."""
    _, first = np.unique(np.array(dataset.hashes or ())[rows], return_index=True)
    return np.asarray(rows[np.sort(first)])


def _options(tried: Sequence[Tried], gated: Adaptation) -> list[Adaptation]:
    """Return what may be delivered where labels choose, what changes least first: the gate's average, every method."""
    alone = [Adaptation({one.name: one.head}, "") for one in tried if one.head is not None]
    return [alone[0], gated, *alone[1:]] if len(gated.heads) > 1 else alone
