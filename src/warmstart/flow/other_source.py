"""Another source on the same rows: a gap between groups that it shows as well is not carried over from the first."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Predictions
from warmstart.errors import MissingExtra
from warmstart.flow.choose import Ready
from warmstart.flow.embed import embed, measure
from warmstart.flow.plan import OtherSource
from warmstart.flow.rank import START_SECONDS, Ranked, look_seconds
from warmstart.flow.sources import AUTO, Contender, contenders
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.workbench import Tools, Workbench
from warmstart.strategies._base import Assignment, Strategy

SHARE = 0.05
"""What one pass of another source may take of the budget."""
MEASURED_ROWS = 32


def choose_other(tools: Tools, dataset: Dataset, ranked: Ranked, entrants: Sequence[Contender]) -> OtherSource:
    """Return the next best source that the budget has time to run over the rows, or why there is none.

    It is the next in the ranking, else the packaged one of the best prior; without attributes to audit
    there is nothing to compare.

    Parameters
    ----------
    entrants : the sources that might have been taken.
    """
    if not dataset.attributes:
        return OtherSource()
    others = _others(dataset.modality, ranked, entrants)
    if not others:
        return OtherSource(reason=f"there is no other source for {dataset.modality} inputs here")
    limit = SHARE * tools.config.budget
    if limit < START_SECONDS:
        return OtherSource(reason=f"{100 * SHARE:.0f} % of the budget hardly pays for opening one")
    seconds = _seconds(tools, dataset, ranked, others)
    for one, needed in zip(others, seconds, strict=True):
        if needed <= limit:
            return OtherSource(one.reference, one.card.name, round(needed, 1))
    return OtherSource(
        reason=f"a pass of {others[0].card.name} over the rows would take about {seconds[0]:.0f} s, more than "
        f"{100 * SHARE:.0f} % of the budget"
    )


def _seconds(tools: Tools, dataset: Dataset, ranked: Ranked, others: Sequence[Contender]) -> list[float]:
    """Return what a pass of each over all rows is predicted to take.

    Where the cost of the source that was taken is not known in multiply-adds, the cheapest other is measured.
    """
    known, speed = ranked.backbone.card, ranked.speed
    if not known.cost:
        cheapest = min(others, key=lambda one: one.card.parameter_count)
        rows = np.linspace(0, len(dataset) - 1, min(MEASURED_ROWS, len(dataset))).astype(int)
        row = measure(dataset, cheapest.open(), rows, cache=tools.cache, decoder=tools.decoder, threads=tools.threads)
        known, speed = cheapest.card, replace(speed, embed_row=row)
    return [look_seconds(one, known, speed, len(dataset)) for one in others]


def _others(modality: str, ranked: Ranked, entrants: Sequence[Contender]) -> list[Contender]:
    """Return all sources but the one that was taken, as they were ranked, then the packaged ones by prior."""
    order = [place.source for place in ranked.ranking.places]
    found = sorted(entrants, key=lambda one: order.index(one.card.name))
    with contextlib.suppress(MissingExtra):
        found += contenders(AUTO, modality)
    apart: dict[str, Contender] = {}
    for one in found:
        apart.setdefault(one.card.sha256, one)
    apart.pop(ranked.backbone.card.sha256, None)
    return list(apart.values())


def answers_of_other(
    bench: Workbench, candidate: Ready, fitted: np.ndarray, tested: np.ndarray
) -> dict[str, Predictions]:
    """Return what the other source answers on the test rows under the candidate's strategy, by its name.

    Where the candidate was trained in epochs, it is a probe that stands for it.

    Parameters
    ----------
    fitted, tested : rows that the candidate was fitted on, and the test rows.
    """
    other = bench.plan.other_source
    if not other.reference or not bench.pays_for("another source"):
        return {}
    [contender] = contenders((other.reference,), bench.material.dataset.modality)
    tools, backbone = bench.tools, contender.open()
    seen = embed(
        bench.material.dataset,
        backbone,
        cache=tools.cache,
        decoder=tools.decoder,
        threads=tools.threads,
        progress=lambda step, done, total: tools.progress(f"look through {other.name}", done, total),
    )
    material = replace(bench.material, backbone=backbone, representation=seen, views=())
    strategy, stages = _strategy(candidate)
    settings = [*strategy.settings(backbone), *strategy.settings_for_few(backbone)]
    setting = next(one for one in settings if one["stages"] == stages)
    seed = tools.config.seed
    folds = bench.rows.folds(fitted, INNER_FOLDS, seed=seed)
    nothing = np.zeros(0, dtype=np.int64)
    fitted_again = strategy.fit(material, Assignment(fitted, folds, nothing, seed, setting))
    proba = fitted_again.predict_proba(seen, tested)
    return {other.name: Predictions(proba, proba.argmax(axis=1))}


def _strategy(candidate: Ready) -> tuple[Strategy, str]:
    """Return the candidate's strategy and on which stages it is, where it has a closed form, else a probe."""
    strategy = candidate.trial.part
    if isinstance(strategy, Strategy) and not strategy.iterative:
        return strategy, str(candidate.trial.setting["stages"])
    probe: Strategy = part("strategies", "probe")()
    return probe, "all"
