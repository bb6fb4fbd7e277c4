"""The adaptation that `adapt` runs, from the two data sets to the verified bundle."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.adaptation._base import Domains, Method
from warmstart.core.backbone import Backbone
from warmstart.core.catalog import catalog, part
from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.evidence import Evidence
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import FeatureTable, Representation
from warmstart.errors import BudgetError, NotApplicable
from warmstart.flow.adapt_config import AdaptConfig
from warmstart.flow.adapted_choice import JUDGED, SOURCE_ONLY, Adaptation, Tried, by_gate, by_mix
from warmstart.flow.config import AUTO
from warmstart.flow.embed import embed, is_embedded
from warmstart.flow.experiment import Outcome
from warmstart.flow.load import Loaded
from warmstart.flow.plan import DELIVERY_SECONDS
from warmstart.flow.preparing import closed_seconds, load_data
from warmstart.flow.rank import Ranked, Sample, rank
from warmstart.flow.run import open_run
from warmstart.flow.sources import contenders
from warmstart.flow.split import INNER_FOLDS, describe_rows
from warmstart.flow.target_labels import Labelled, by_labels, load_labels
from warmstart.flow.target_rows import Target, load_target
from warmstart.flow.workbench import Tools
from warmstart.learning.domain_distance import DomainDistance, domain_distance
from warmstart.learning.linear import PENALTIES, LinearHead, fit_logistic
from warmstart.runtime.decode import Decoder
from warmstart.store import strict_json
from warmstart.store.cache import Cache
from warmstart.training.transferred import Transferred

FITS = 4
"""Closed forms in all, as multiples of fitting the source's head."""


@dataclass(frozen=True)
class Pair:
    """Both data sets, and the labelled target rows where there are some."""

    source: Loaded
    target: Target
    labelled: Labelled | None

    @property
    def fitted(self) -> np.ndarray:
        """Row numbers of the source that have a label."""
        return np.flatnonzero(self.source.dataset.codes(self.source.task) != UNLABELLED)


@dataclass(frozen=True)
class Seen:
    """What a source sees in the two data sets, and in the labelled target rows."""

    backbone: Backbone
    source: Representation
    target: Representation
    labelled: Representation | None

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that heads read: all of them."""
        return tuple(stage.name for stage in self.backbone.stages)


@dataclass(frozen=True)
class Adapted:
    """Everything that was found out: how far apart, what was tried, what is delivered, and what was measured."""

    pair: Pair
    seen: Seen
    ranked: Ranked
    distance: DomainDistance
    tried: Sequence[Tried]
    chosen: Adaptation
    evidence: Evidence | None
    mix: np.ndarray | None

    def model(self) -> Transferred:
        """Return what is delivered as a network with its heads."""
        first, *others = self.chosen.heads.values()
        backbone = self.seen.backbone
        return Transferred(backbone, first, self.seen.stages, len(backbone.stages), others=tuple(others))


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
    with open_run(config.folder, config.to_json(), started=started) as run:
        if run.result_file.exists():
            return Outcome(config.folder, strict_json.load(run.result_file), finished_before=True)
        threads = config.source.threads or os.cpu_count() or 1
        with Decoder(workers=threads) as decoder:
            tools = Tools(config.source, run, decoder, cache or Cache(), threads, progress=progress)
            result = _adapted(tools, config)
        strict_json.save(run.result_file, result)
    return Outcome(config.folder, result)


def _adapted(tools: Tools, config: AdaptConfig) -> dict[str, Any]:
    """Run every step in order, and return the result."""
    from threadpoolctl import threadpool_limits

    from warmstart.flow.adapted_delivery import deliver_adapted
    from warmstart.training.threads import use_threads

    use_threads(tools.threads)
    with threadpool_limits(tools.threads):
        with tools.watch.measure("load"):
            pair = _load(tools, config)
        mix = config.shares(pair.source.task)
        ranked = _source(tools, pair)
        seen = _embed(tools, pair, ranked)
        with tools.watch.measure("adapt"):
            found = _try(tools, config, pair, seen, ranked, mix)
        return deliver_adapted(tools, found)


def _load(tools: Tools, config: AdaptConfig) -> Pair:
    """Read the labelled rows, the target, and the labelled target rows where they were named."""
    source = load_data(tools)
    config.shares(source.task)
    target = load_target(tools, source.dataset, config.target)
    labelled = None
    if config.labels is not None:
        seen = source.dataset.hashes or ()
        labelled = load_labels(tools, source.task, seen, named=config.labels, target=config.target)
    return Pair(source, target, labelled)


def _source(tools: Tools, pair: Pair) -> Ranked:
    """Take a source as `fit` does, by the labelled rows, and refuse a budget that does not pay for it.

    Raises
    ------
    BudgetError : it does not.
    """
    dataset = pair.source.dataset
    sample = Sample(dataset.codes(pair.source.task), pair.fitted)
    with tools.watch.measure("rank"):
        ranked = rank(tools, dataset, contenders(tools.config.source, dataset.modality), sample, lambda _: ["input"])
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
    labelled = [] if pair.labelled is None else [pair.labelled.dataset]
    return [pair.source.dataset, pair.target.dataset, *labelled]


def _embed(tools: Tools, pair: Pair, ranked: Ranked) -> Seen:
    """Run the source over every data set once; what was run before is in the cache."""
    found = []
    with tools.watch.measure("embed"):
        for dataset in _datasets(pair):
            one = embed(
                dataset,
                ranked.backbone,
                cache=tools.cache,
                decoder=tools.decoder,
                threads=tools.threads,
                progress=_under_name(tools.progress, dataset.name),
            )
            found.append(one)
    return Seen(ranked.backbone, found[0], found[1], found[2] if len(found) > 2 else None)


def _under_name(progress: Progress, name: str) -> Progress:
    def told(step: str, done: int, total: int) -> None:
        progress(f"{step} {name}", done, total)

    return told


def _try(tools: Tools, config: AdaptConfig, pair: Pair, seen: Seen, ranked: Ranked, mix: np.ndarray | None) -> Adapted:
    """Fit the source's head and every method, and choose."""
    source = seen.source.table(seen.stages, pair.fitted)
    new = seen.target.table(seen.stages, pair.target.new)
    codes = pair.source.dataset.codes(pair.source.task)[pair.fitted]
    rows = describe_rows(pair.source.dataset, pair.source.task, pair.source.duplicate_of)
    folds = rows.folds(pair.fitted, INNER_FOLDS, seed=tools.config.seed)
    tools.progress("adapt", 0, 1)
    head, penalty = fit_logistic(source, codes, len(pair.source.task.classes), folds, penalties=PENALTIES)
    domains = Domains(source, codes, len(pair.source.task.classes), new, head, penalty, mix)
    distance = domain_distance(source, new, seed=tools.config.seed)
    tried = try_methods(domains, config.methods, progress=tools.progress)
    judged = [JUDGED] if config.methods == AUTO else [name for name in config.methods if name != SOURCE_ONLY]
    chosen, evidence = (by_gate if mix is None else by_mix)(tried, judged), None
    if pair.labelled is not None and seen.labelled is not None:
        options = _options(tried, chosen)
        rows_seen = seen.labelled.table(seen.stages, np.arange(len(pair.labelled.codes)))
        proba = {one.name: mean_proba(one.heads.values(), rows_seen) for one in options}
        chosen, evidence = by_labels(options, proba, pair.labelled, pair.source.task, tools)
    return Adapted(pair, seen, ranked, distance, tried, chosen, evidence, mix)


def try_methods(domains: Domains, wanted: Sequence[str], *, progress: Progress = silent) -> list[Tried]:
    """Return what every wanted method gives, what changes least first; not to adapt is always among them.

    Parameters
    ----------
    wanted : names of methods, or "auto" for those that are tried by default.
    """
    kinds = [part("adaptation", name) for name in catalog("adaptation")]
    chosen = [
        kind for kind in kinds if kind.name in (SOURCE_ONLY, *wanted) or (tuple(wanted) == AUTO and kind.by_default)
    ]
    tried = []
    for done, kind in enumerate(sorted(chosen, key=lambda kind: (kind.turn, kind.name))):
        progress("adapt", done, len(chosen))
        tried.append(_fitted(kind(), domains))
    progress("adapt", len(chosen), len(chosen))
    return tried


def mean_proba(heads: Any, rows: FeatureTable) -> np.ndarray:
    """Return the mean of what heads give for some rows, (rows, classes)."""
    return np.asarray(np.mean([head.proba(rows) for head in heads], axis=0))


def _fitted(method: Method, domains: Domains) -> Tried:
    """Return what one method gives, or why it does not apply."""
    start = time.perf_counter()
    try:
        head: LinearHead = method.adapt(domains)
    except NotApplicable as reason:
        nothing = np.zeros((len(domains.target), domains.classes))
        return Tried(method.name, method.summary, None, nothing, reason=str(reason))
    return Tried(method.name, method.summary, head, head.proba(domains.target), time.perf_counter() - start)


def _options(tried: Sequence[Tried], gated: Adaptation) -> list[Adaptation]:
    """Return what may be delivered where labels choose: every method alone, and the average of the gate."""
    alone = [Adaptation({one.name: one.head}, "") for one in tried if one.head is not None]
    return [*alone, gated] if len(gated.heads) > 1 else alone
