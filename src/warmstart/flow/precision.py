"""Whether the delivered graph computes in 8-bit integers: decided on validation rows, before the test rows are opened.

The refitted model has seen the validation rows, so that the model that was raced is what is compared, in both
precisions, on the same rows. The decision rests in part on measured time, and so it is settled in run.json.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from warmstart.core.adapted import Deliverable
from warmstart.core.decision import decide
from warmstart.core.wording import metric_name, percent, signed
from warmstart.errors import NotApplicable, OptionError
from warmstart.flow.choose import Ready
from warmstart.flow.evaluate import inputs_of
from warmstart.flow.plan import DELIVERY_SECONDS
from warmstart.flow.workbench import Workbench
from warmstart.learning.paired_loss import PairedLoss, fewest_rows, paired_loss
from warmstart.runtime.graph import Graph
from warmstart.runtime.predictor import Predictor
from warmstart.runtime.prepare import preparation
from warmstart.training.quantized import quantized

INT8, FP32 = "int8", "fp32"
LIMIT = 0.005
"""What int8 may lose at most, as a share of the metric: half a point."""
SAME_ORDER, LEAST_CHANGE = 3.0, 0.002
AGREEMENT_ROWS, TIMED_ROWS, ROUNDS = 32, 32, 5
QUANTISING_SECONDS = 5.0


@dataclass(frozen=True)
class Precision:
    """In which precision the delivered graph computes, and why.

    Parameters
    ----------
    used : "int8" or "fp32".
    reason : one sentence.
    rows : validation rows on which the two were compared; 0 where they were not.
    loss : what int8 loses in the metric, "value" and "high", the upper end of its one-sided 95 % interval; shares.
    bytes, seconds : size of the graph, and time for some rows, by precision.
    """

    used: str
    reason: str
    rows: int = 0
    loss: Mapping[str, float] = field(default_factory=dict)
    bytes: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Comparison:
    """The raced model in both precisions on validation rows; `change` is the mean change of a probability."""

    rows: int
    loss: PairedLoss
    change: float
    bytes: Mapping[str, int]
    seconds: Mapping[str, float]


def require_precision(bench: Workbench) -> None:
    """Refuse int8 where it cannot be had, before anything is trained.

    Raises
    ------
    OptionError : int8 was asked for, and the source has nothing to quantise, or outer folds are needed.
    """
    if bench.tools.config.precision != INT8:
        return
    if bench.crossed:
        raise OptionError(
            "`--precision int8` needs a test part, on which the int8 graph itself is measured; with so few rows every "
            "row is tested by outer folds instead. Name one with --test, or leave --precision."
        )
    from warmstart.training.stage_graph import network_graph

    try:
        quantized(network_graph(bench.material.backbone, cache=bench.tools.cache))
    except NotApplicable as reason:
        name = bench.material.backbone.card.name
        raise OptionError(f"`--precision int8` cannot be had of '{name}': {reason} Leave --precision.") from None


def precise(
    bench: Workbench, model: Deliverable, fitted: np.ndarray, *, raced: Ready | None, validation: np.ndarray
) -> tuple[Deliverable, Precision]:
    """Return the model in the precision that it is delivered in, and why.

    Parameters
    ----------
    model : what is delivered, in fp32, fitted on the rows `fitted`.
    raced : the same candidate as it was raced, which has not seen `validation`; None under outer folds.
    """
    run = bench.tools.run
    if "precision" not in run.record:
        run.settle("precision", asdict(_decided(bench, model, fitted, raced, validation)))
    precision = Precision(**run.record["precision"])
    return (replace(model, graph=quantized(model.graph)) if precision.used == INT8 else model), precision


def predictor_of(bench: Workbench, model: Deliverable) -> Predictor:
    """Return what predicts with a model that is not saved yet."""
    graph = Graph(model.graph, threads=bench.tools.threads)
    by_length = model.preparation.get("kind") == "text"
    return Predictor(preparation(model.preparation, model.assets), graph, by_length=by_length)


def _decided(
    bench: Workbench, model: Deliverable, fitted: np.ndarray, raced: Ready | None, validation: np.ndarray
) -> Precision:
    """Compare where that can tell anything, and decide."""
    forced = bench.tools.config.precision == INT8
    if bench.tools.config.precision == FP32:
        return Precision(FP32, "fp32 was asked for.")
    if raced is None:
        return Precision(FP32, "Every row is tested by outer folds, whose models answer in fp32.")
    if not forced and len(validation) < fewest_rows(LIMIT):
        return Precision(FP32, _too_few(len(validation)))
    try:
        short = replace(model, graph=quantized(model.graph))
    except NotApplicable as reason:
        return Precision(FP32, f"int8 is not applicable: {reason}")
    if _late(bench, len(validation)):
        asked = "int8 was asked for" if forced else "fp32 is kept"
        return Precision(INT8 if forced else FP32, f"No time was left to compare int8 with fp32: {asked}.")
    found = _compared(bench, raced, validation)
    why_not = None if forced else _objection(found) or _refitted_objection(bench, model, short, fitted, found.change)
    said = _said(found, bench.metric, forced=forced, why_not=why_not)
    used = FP32 if why_not else INT8
    return Precision(used, said, found.rows, asdict(found.loss), found.bytes, found.seconds)


def _too_few(rows: int) -> str:
    return (
        f"{rows:,} validation rows cannot show that int8 loses less than {100 * LIMIT:g} point: "
        f"that takes at least {fewest_rows(LIMIT):,}."
    )


def _late(bench: Workbench, rows: int) -> bool:
    """Return whether the budget does not pay for predicting the rows once more."""
    run, name = bench.tools.run, bench.material.backbone.card.name
    needed = rows * run.record[f"speed {name}"]["embed_row"] + QUANTISING_SECONDS
    return bool(run.elapsed() + needed + DELIVERY_SECONDS > bench.plan.budget_seconds)


def _compared(bench: Workbench, raced: Ready, rows: np.ndarray) -> _Comparison:
    """Let the raced model answer in both precisions."""
    bench.tools.progress("compare int8", 0, 1)
    full = raced.adapted.deliver(raced.temperature)
    short = replace(full, graph=quantized(full.graph))
    cells = _cells(bench, rows)
    found = predictor_of(bench, short).predict(cells, decoder=bench.tools.decoder)
    bench.tools.progress("compare int8", 1, 1)
    kept = rows[found.kept]
    # The graph in fp32 answers as the network does, whose lower stages have run already.
    proba, codes = raced.answer(inputs_of(bench, raced), kept)
    groups = bench.rows.together[kept] if bench.material.dataset.groups is not None else None
    loss = paired_loss(bench.metric, bench.material.codes[kept], codes, decide(found.scores, raced.weights), groups)
    change = float(np.abs(proba - found.scores).mean())
    models = {FP32: full, INT8: short}
    sizes = {name: len(one.graph) for name, one in models.items()}
    return _Comparison(len(kept), loss, change, sizes, _seconds(bench, models, cells[:TIMED_ROWS]))


def _seconds(bench: Workbench, models: Mapping[str, Deliverable], cells: list[Any]) -> dict[str, float]:
    """Return what each graph needs for the cells, the median of a few rounds taken in turn."""
    first = models[FP32]
    feeds = preparation(first.preparation, first.assets).prepare(cells, bench.tools.decoder).feeds
    graphs = {name: Graph(one.graph, threads=bench.tools.threads) for name, one in models.items()}
    taken: dict[str, list[float]] = {name: [] for name in graphs}
    for _ in range(1 + ROUNDS):
        for name, graph in graphs.items():
            start = time.perf_counter()
            graph.run(feeds)
            taken[name].append(time.perf_counter() - start)
    return {name: round(statistics.median(seconds[1:]), 5) for name, seconds in taken.items()}


def _objection(found: _Comparison) -> str | None:
    """Return why int8 is not worth it, or None."""
    if found.loss.high >= LIMIT:
        return f"that is not below {100 * LIMIT:g} point"
    if found.bytes[INT8] >= found.bytes[FP32]:
        return "it is no smaller"
    return "it is no faster on this machine" if found.seconds[INT8] > found.seconds[FP32] else None


def _refitted_objection(
    bench: Workbench, full: Deliverable, short: Deliverable, fitted: np.ndarray, change: float
) -> str | None:
    """Return that int8 changes the refitted model much more than the raced one, or None."""
    cells = _cells(bench, fitted[:: -(-len(fitted) // AGREEMENT_ROWS)])
    one, other = (predictor_of(bench, model).predict(cells, decoder=bench.tools.decoder) for model in (full, short))
    moved = float(np.abs(one.scores - other.scores).mean())
    if moved <= SAME_ORDER * max(change, LEAST_CHANGE):
        return None
    return f"it changes the refitted model's probabilities by {moved:.2g}, and the raced one's by {change:.2g}"


def _said(found: _Comparison, metric: str, *, forced: bool, why_not: str | None) -> str:
    """Return the decision as a sentence."""
    size = percent(found.bytes[INT8] / found.bytes[FP32])
    measured = (
        f"On {found.rows:,} validation rows int8 loses {_points(found.loss.value)} points of {metric_name(metric)} "
        f"(at most {_points(found.loss.high)}, with 95 % certainty) at {size} of the size"
    )
    if forced:
        return f"int8 was asked for. {measured}."
    return f"{measured}; fp32 is kept, because {why_not}." if why_not else f"{measured}."


def _points(share: float) -> str:
    return signed(share).removeprefix("+")


def _cells(bench: Workbench, rows: np.ndarray) -> list[Any]:
    return [bench.material.dataset.inputs[0].cells[row] for row in rows]
