"""Explore data without labels: reduce, cluster, find outliers and duplicates, draw a map, deliver a bundle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import Representation
from warmstart.errors import OptionError
from warmstart.flow.config import is_named
from warmstart.flow.embed import embed
from warmstart.flow.explore.bundle import deliver_clusters
from warmstart.flow.explore.config import ExploreConfig
from warmstart.flow.explore.matched import Matched, match
from warmstart.flow.explore.raw_inputs import raw_inputs
from warmstart.flow.explore.result import Explored, describe, page_contents, readme
from warmstart.flow.explore.rows import Rows, as_csv
from warmstart.flow.explore.unlabelled import Labelled, Unlabelled, read_unlabelled, unseen
from warmstart.flow.outcome import Outcome, carried_out
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.run import Run
from warmstart.flow.sources import contenders
from warmstart.flow.workbench import Stopwatch
from warmstart.learning.flat_map import flat_map
from warmstart.learning.grouping import COMPARED_ROWS, Grouping, group
from warmstart.learning.outliers import outlier_scores
from warmstart.learning.top_words import top_words
from warmstart.runtime.decode import Decoder
from warmstart.store import atomic, strict_json
from warmstart.store.cache import Cache

CLUSTERS_FILE, PAGE_FILE = "clusters.csv", "explored.json"
NAMING_WORDS = 3


@dataclass
class _Desk:
    """What every step may use."""

    config: ExploreConfig
    run: Run
    decoder: Decoder
    cache: Cache
    threads: int
    progress: Progress
    watch: Stopwatch = field(default_factory=Stopwatch)


def explore(
    config: ExploreConfig,
    *,
    progress: Progress = silent,
    started: float | None = None,
    cache: Cache | None = None,
) -> Outcome:
    """Explore, or read the result of the same exploration where it is finished.

    Parameters
    ----------
    progress : told the step, how much of it is done, and of how much.
    started : `time.monotonic()` when the process began.
    cache : where representations are kept; the user's cache by default.

    Raises
    ------
    PathError, DataError, OptionError, SourceError, MissingExtra, RunConflict : what the user can mend.
    """

    def desk(run: Run, decoder: Decoder, threads: int) -> _Desk:
        return _Desk(config, run, decoder, cache or Cache(), threads, progress)

    def steps(run: Run, decoder: Decoder, threads: int) -> dict[str, Any]:
        return _explored(desk(run, decoder, threads))

    def recheck(run: Run, decoder: Decoder, threads: int) -> None:
        _read(desk(run, decoder, threads))

    settings, again = config.check().to_json(), None if is_named(config.data) else recheck
    return carried_out(Path(config.out), settings, steps, started=started, threads=config.threads, recheck=again)


def _explored(desk: _Desk) -> dict[str, Any]:
    """Run every step in order, and return the result."""
    rows, labels = _read(desk)
    backbone = contenders((desk.config.source,), rows.dataset.modality)[0].open()
    labels = None if labels is None else unseen(labels, rows.dataset, backbone.card.rows_seen())
    desk.run.settle("plan", {"source": backbone.card.name, "rows": len(rows.dataset)})
    representation = _embedded(desk, rows, backbone)
    grouping = _grouped(desk, rows, backbone, representation)
    with desk.watch.measure("outliers"):
        desk.progress("outliers", 0, 0)
        outliers = outlier_scores(grouping.values, rows.distinct)
    with desk.watch.measure("map"):
        desk.progress("map", 0, 0)
        places = flat_map(grouping.values, way=desk.config.map, seed=desk.config.seed)
    matched = _matched(desk, rows, labels, backbone, representation, grouping)
    words = _words(rows, grouping)
    found = Explored(rows, backbone.card, grouping, cluster_names(words), words, outliers, places, matched)
    return _concluded(desk, found, backbone, representation)


def _read(desk: _Desk) -> tuple[Unlabelled, Labelled | None]:
    """Return the rows, and their labels where some were named.

    Raises
    ------
    RunConflict : the run was begun on other rows.
    """
    config = desk.config
    with desk.watch.measure("load"):
        rows, labels = read_unlabelled(
            config.data,
            inputs=config.inputs,
            labels=config.labels,
            decoder=desk.decoder,
            cache=desk.cache,
            progress=desk.progress,
        )
    desk.run.require_same("data", replace(rows.dataset, labels=None if labels is None else labels.names))
    _require_fewer_clusters(config.clusters, rows)
    return rows, labels


def _require_fewer_clusters(clusters: int | None, rows: Unlabelled) -> None:
    """Refuse so many clusters that hardly two rows are in any.

    Raises
    ------
    OptionError : they are that many.
    """
    most = min(len(rows.distinct), COMPARED_ROWS) // 2
    if clusters is not None and clusters > most:
        raise OptionError(
            f"`clusters` must be at most {most:,} here: with more than half of the different rows, every row is its "
            f"own cluster. Got {clusters:,}. Try auto."
        )


def _embedded(desk: _Desk, rows: Unlabelled, backbone: Backbone) -> Representation:
    with desk.watch.measure("embed"):
        return embed(
            rows.dataset,
            backbone,
            cache=desk.cache,
            decoder=desk.decoder,
            threads=desk.threads,
            progress=desk.progress,
        )


def _grouped(desk: _Desk, rows: Unlabelled, backbone: Backbone, representation: Representation) -> Grouping:
    """Return the clusters in what the last stage sees."""
    features = representation.table([backbone.stages[-1].name], np.arange(len(rows.dataset)))
    with desk.watch.measure("cluster"):
        return group(
            features, rows.distinct, clusters=desk.config.clusters, seed=desk.config.seed, progress=desk.progress
        )


def _matched(
    desk: _Desk,
    rows: Unlabelled,
    labels: Labelled | None,
    backbone: Backbone,
    representation: Representation,
    grouping: Grouping,
) -> Matched | None:
    """Return how well the clusters match the labels, or None without labels."""
    if labels is None:
        return None
    with desk.watch.measure("compare"):
        material = Material(rows.dataset, labels.task, labels.codes, backbone, representation)
        raw = raw_inputs(material, desk.decoder, progress=desk.progress)
        return match(
            labels,
            grouping,
            raw,
            rows.distinct,
            name=backbone.card.name,
            given=desk.config.clusters,
            seed=desk.config.seed,
            progress=lambda step, done, total: desk.progress(f"raw inputs: {step}", done, total),
        )


def _words(rows: Unlabelled, grouping: Grouping) -> list[list[str]]:
    """Return the words of every cluster, none for images."""
    if rows.dataset.modality != "text":
        return [[] for _ in grouping.centres]
    return top_words(rows.dataset.inputs[0].cells, grouping.codes, len(grouping.centres))


def cluster_names(words: list[list[str]]) -> tuple[str, ...]:
    """Return what clusters are called: their number, and their first words where they have some.

    >>> cluster_names([["battery", "charge", "phone", "days"], []])
    ('1: battery, charge, phone', 'cluster 2')
    """
    return tuple(
        f"{place}: {', '.join(own[:NAMING_WORDS])}" if own else f"cluster {place}"
        for place, own in enumerate(words, start=1)
    )


def _concluded(desk: _Desk, found: Explored, backbone: Backbone, representation: Representation) -> dict[str, Any]:
    """Deliver the bundle, write what every row is, and return the result."""
    dataset = found.rows.dataset
    with desk.watch.measure("deliver"):
        desk.progress("deliver", 0, 0)
        deliver_clusters(
            desk.run.bundle,
            found.grouping,
            found.names,
            dataset=dataset,
            backbone=backbone,
            representation=representation,
            readme=readme(found, name=desk.run.folder.resolve().name),
            decoder=desk.decoder,
            threads=desk.threads,
        )
    with desk.watch.measure("page"):
        labels = None if found.matched is None else found.matched.labels.codes
        table = Rows(dataset, found.grouping.codes, found.names, found.outliers, found.map.places, labels)
        atomic.write_text(desk.run.folder / CLUSTERS_FILE, as_csv(table))
        desk.progress("page", 0, 0)
        contents = page_contents(found, table, desk.decoder, seed=desk.config.seed)
        strict_json.save(desk.run.folder / PAGE_FILE, contents)
    seconds = {name: round(value, 2) for name, value in desk.watch.seconds.items()}
    seconds["total"] = round(desk.run.elapsed(), 2)
    result = describe(found, desk.config, threads=desk.threads)
    return {**result, "seconds": seconds, "peak_rss_mb": peak_rss_mb()}
