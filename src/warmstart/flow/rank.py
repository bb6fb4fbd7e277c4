"""Rank the sources that may be taken, by a look at some training rows or by their priors, and take the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.core.dataset import Dataset
from warmstart.core.representation import Representation
from warmstart.flow.look import LOOK_ROWS, Scored, look_at, rows_to_look_at, score_cuts
from warmstart.flow.ranking import Ranking, ranked_by_look, ranked_by_prior
from warmstart.flow.sources import AUTO, Contender, contenders
from warmstart.flow.speed import Speed, speed_of
from warmstart.flow.workbench import Tools
from warmstart.scores._combination import has_weights

LOOK_SHARE = 0.1
WORTH = 0.01
"""So much accuracy a dearer source must promise above a cheaper one: looks tell hardly less than that."""
START_SECONDS = 6.0
"""What opening and exporting took of an EfficientNet-Lite: 5.5 to 6.6 s of one core, on 2026-11-21."""

Cuts = Callable[[Backbone], list[str]]
Pays = Callable[[Backbone, Speed], bool]


@dataclass(frozen=True)
class Sample:
    """What may be looked at with its labels: class codes of all rows, and which are training rows."""

    codes: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Ranked:
    """The source that was taken, how fast it runs here, how all were ranked, and why it was taken, in a sentence.

    The reason is empty where there was nothing to choose.
    """

    backbone: Backbone
    speed: Speed
    ranking: Ranking
    reason: str = ""


def rank(
    tools: Tools, dataset: Dataset, entrants: Sequence[Contender], sample: Sample | None, cuts: Cuts, pays: Pays
) -> Ranked:
    """Take a source.

    The cheapest, and those that the budget pays for adapting in full, are looked at and ranked by the accuracy to
    expect of them, where the looks cost at most LOOK_SHARE of the budget, and the first is taken, or a cheaper one that
    promises hardly less; else the best prior of them is taken.

    Parameters
    ----------
    entrants : the sources that may be taken, the best prior first.
    sample : what may be looked at; None where every row is tested, and no label may decide here.
    cuts : a function (backbone) -> names of the cuts that may be trained from.
    pays : a function (backbone, speed) -> whether the budget pays for adapting the like of it at that speed in full.

    Raises
    ------
    RunConflict : the source has changed since the run began.
    """
    cheapest = min(entrants, key=lambda one: one.card.cost)
    speed = _speed(tools, dataset, cheapest, cuts)
    payable = entrants if tools.config.source != AUTO else _payable(tools, entrants, cheapest, speed, pays)
    looked, why_not = _to_look_at(tools, payable, cheapest, speed, sample)
    by_prior = ranked_by_prior([one.card for one in entrants])
    ranking = by_prior
    if looked and sample is not None:
        scored = [one for contender in looked for one in look(tools, dataset, contender, sample)]
        ranking = ranked_by_look(scored, by_prior, train_rows=len(sample.rows))
    best = _worth_its_cost(ranking, payable)
    settled = tools.run.settle("source", best.reference)
    taken = best if settled == best.reference else contenders((settled,), dataset.modality)[0]
    speed = speed if taken == cheapest else _speed(tools, dataset, taken, cuts)
    reason = _reason(ranking, taken.card.name, why_not) if len(entrants) > 1 else ""
    backbone = taken.open()
    tools.run.require_same_source(backbone.card)
    return Ranked(backbone, speed, ranking, reason)


def with_cuts(ranked: Ranked, seen: Representation, sample: Sample) -> Ranking:
    """Return the ranking with the cuts of the source that was taken, scored from the pass over all rows.

    They are shown, and decide nothing, so that they may be scored where every row is tested, too.
    """
    backbone = ranked.backbone
    if ranked.ranking.has_cuts_of(backbone.card.name) or not has_weights(backbone.modality):
        return ranked.ranking
    rows = rows_to_look_at(sample.codes, sample.rows)
    pooled = {stage.name: seen.features([stage.name], rows) for stage in backbone.stages}
    scored = score_cuts(backbone, pooled, sample.codes[rows])
    return ranked_by_look(scored, ranked.ranking, train_rows=len(sample.rows))


def look(tools: Tools, dataset: Dataset, contender: Contender, sample: Sample) -> list[Scored]:
    """Look at a source: one pass over some training rows, from the cache where it was made before."""
    rows = rows_to_look_at(sample.codes, sample.rows)
    return look_at(
        dataset,
        sample.codes,
        rows,
        contender.open(),
        cache=tools.cache,
        decoder=tools.decoder,
        threads=tools.threads,
        progress=lambda step, done, total: tools.progress(f"look at {contender.card.name}", done, total),
    )


def look_seconds(contender: Contender, measured: Card, speed: Speed, rows: int) -> float:
    """Return what a look at a source is predicted to take, from the measured speed of another."""
    return START_SECONDS + rows * speed.embed_row * dearer(contender.card, measured)


def dearer(card: Card, measured: Card) -> float:
    """Return how many times as long as the measured source another takes: by multiply-adds, else by size."""
    if card.cost and measured.cost:
        return card.cost / measured.cost
    return card.parameter_count / max(measured.parameter_count, 1)


def _speed(tools: Tools, dataset: Dataset, contender: Contender, cuts: Cuts) -> Speed:
    backbone = contender.open()
    return speed_of(tools, dataset, backbone, cuts(backbone))


def _payable(
    tools: Tools, entrants: Sequence[Contender], measured: Contender, speed: Speed, pays: Pays
) -> list[Contender]:
    """Return the source that was measured, and those that the budget paid for adapting in full when first asked."""
    backbone = measured.open()
    found = [
        one.reference
        for one in entrants
        if one == measured or pays(backbone, speed.slower(dearer(one.card, measured.card)))
    ]
    names = tools.run.settle("payable", found)
    return [one for one in entrants if one.reference in names]


def _to_look_at(
    tools: Tools, payable: Sequence[Contender], measured: Contender, speed: Speed, sample: Sample | None
) -> tuple[list[Contender], str]:
    """Return the sources to look at, the best priors first, or none and the reason."""
    if len(payable) < 2:
        return [], "the budget does not pay for adapting any other in full"
    if not has_weights(measured.card.modality):
        return [], f"no weights were fitted for {measured.card.modality} inputs"
    if sample is None:
        return [], "under 1,000 rows every row is tested, and a look would show labels of rows that are tested"
    rows = min(LOOK_ROWS, len(sample.rows))
    chosen: list[Contender] = []
    left = LOOK_SHARE * tools.config.budget
    for one in payable:
        seconds = look_seconds(one, measured.card, speed, rows)
        if seconds <= left:
            chosen.append(one)
            left -= seconds
    names = tools.run.settle("looked at", [one.reference for one in chosen] if len(chosen) > 1 else [])
    if not names:
        return [], f"looking at two would take more than {100 * LOOK_SHARE:.0f} % of the budget"
    return [one for one in payable if one.reference in names], ""


def _worth_its_cost(ranking: Ranking, payable: Sequence[Contender]) -> Contender:
    """Return the source of the first place, or the cheapest of those that promise at most WORTH less."""
    named = {one.card.name: one for one in payable}
    places = [one for one in ranking.places if one.source in named]
    first = places[0]
    if first.expected is None:
        return named[first.source]
    least = first.expected.value - WORTH
    alike = [named[one.source] for one in places if one.expected is not None and one.expected.value >= least]
    return min(alike, key=lambda one: dearer(one.card, named[first.source].card))


def _reason(ranking: Ranking, taken: str, why_not: str) -> str:
    """Return why a source was taken."""
    sources, first = len({one.source for one in ranking.places}), ranking.places[0]
    expected = next(one.expected for one in ranking.places if one.source == taken)
    if why_not or expected is None or first.expected is None or ranking.regret is None:
        return f"Of {sources} sources, {taken} was taken by its prior alone: {why_not}."
    more = first.expected.value - expected.value
    rest = (
        f"and taking it to cost {100 * ranking.regret:.1f} points against the best."
        if first.source == taken
        else f"{100 * more:.1f} points less than on {first.source}, which takes longer."
    )
    return (
        f"Of {sources} sources, {taken} was taken after a look at training rows: a probe on it is expected to reach "
        f"{100 * expected.value:.1f} % ({100 * expected.low:.0f} to {100 * expected.high:.0f} %), {rest}"
    )
