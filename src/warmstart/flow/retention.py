"""How much of the untouched source is left in what is delivered, and on the way from one to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from warmstart.core.backbone import SourceHead
from warmstart.core.decision import decide
from warmstart.core.evidence import Forgetting, FrontierPoint, Measured, Retention
from warmstart.core.representation import Representation, read_rows
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.embed import embed
from warmstart.flow.race import Race
from warmstart.flow.reference import Reference
from warmstart.flow.workbench import Workbench
from warmstart.learning.calibration import soften
from warmstart.learning.hit_rates import hit_rate_difference
from warmstart.learning.intervals import Interval, Resampling, around, draw, proportion
from warmstart.learning.many_rows import spread
from warmstart.learning.metrics import METRICS
from warmstart.learning.similarity import debiased_cka, shared_neighbours
from warmstart.runtime.bundle import Bundle
from warmstart.training.fine_tuning import blends
from warmstart.training.transferred import Transferred

MOST_ROWS, FEWEST_ROWS = 256, 32
SHARE_OF_BUDGET = 0.05
BETWEEN = (0.25, 0.5, 0.75)
DRAWS = 400

Pooled = Mapping[str, np.ndarray]


def measure_forgetting(
    bench: Workbench, race: Race, choice: Choice, bundle: Bundle, tested: np.ndarray, reference: Reference | None
) -> Forgetting | None:
    """Return what is left of the source in the delivered model; None where it borrows nothing, or time is up.

    Where the delivered weights have the source's hash nothing else need be measured.

    Parameters
    ----------
    choice : fitted on all rows; its trials hold the models that were fitted on the training rows.
    bundle : what was delivered of it.
    tested : rows that the delivered model was not fitted on, or all of them under outer folds.
    """
    delivered = choice.delivered.adapted
    if not (choice.borrowed and isinstance(delivered, Transferred)):
        return None
    base, now = _fingerprints(bench, bundle)
    head = bench.material.backbone.head
    unchanged = Forgetting(base, now, 0 if head is None else len(head.labels))
    if base == now or not bench.pays_for("retention"):
        return unchanged if base == now else None
    bench.tools.progress("what was forgotten", 0, 1)
    inputs, most = bench.material.representation, _rows_in_time(bench, choice.delivered)
    rows = spread(tested, most)
    retained = [_retention("your inputs", _before(bench, inputs, rows), delivered.pooled(inputs, rows), head)]
    if reference is not None:
        retained.append(_on_reference(bench, reference, delivered, most))
    frontier = _frontier(bench, race, choice.delivered, spread(race.heat.validation, most))
    bench.tools.progress("what was forgotten", 1, 1)
    return Forgetting(base, now, unchanged.head_labels, tuple(retained), tuple(frontier))


def _fingerprints(bench: Workbench, bundle: Bundle) -> tuple[str, str]:
    """Return the hash of the untouched source's weights, and of those in the bundle."""
    source = {name: value.numpy() for name, value in bench.material.backbone.build().state_dict().items()}
    prefix = "backbone."
    inside = {name.removeprefix(prefix): value for name, value in bundle.weights().items() if name.startswith(prefix)}
    return _fingerprint(source), _fingerprint(inside)


def _fingerprint(tensors: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _rows_in_time(bench: Workbench, ready: Ready) -> int:
    """Return how many rows may go through the changed layers once a point: by the plan, not by the clock."""
    row = bench.plan.train_row[ready.trial.setting["cut"]]
    most = SHARE_OF_BUDGET * bench.plan.budget_seconds / max(row * (len(BETWEEN) + 3), 1e-9)
    return int(min(MOST_ROWS, max(FEWEST_ROWS, most)))


def _before(bench: Workbench, inputs: Representation, rows: np.ndarray) -> Pooled:
    """Return what the untouched source sees, by stage."""
    return {stage.name: read_rows(inputs.pooled[stage.name], rows) for stage in bench.material.backbone.stages}


def _on_reference(bench: Workbench, reference: Reference, delivered: Transferred, most: int) -> Retention:
    """Return the retention on the reference set, with the accuracy of the source's own head where it knows labels."""
    tools, backbone = bench.tools, bench.material.backbone
    inputs = embed(
        reference.dataset,
        backbone,
        cuts=(delivered.cut,),
        cache=tools.cache,
        decoder=tools.decoder,
        threads=tools.threads,
        progress=tools.progress,
    )
    rows = spread(np.arange(len(reference.dataset)), most)
    before, after = _before(bench, inputs, rows), delivered.pooled(inputs, rows)
    return _retention("reference", before, after, backbone.head, reference.codes[rows])


def _retention(
    on: str, before: Pooled, after: Pooled, head: SourceHead | None, codes: np.ndarray | None = None
) -> Retention:
    """Compare what is seen before and after.

    Parameters
    ----------
    codes : of which of the head's labels each row is, -1 for none of them.
    """
    last = list(before)[-1]
    rows = len(before[last])
    nearness = shared_neighbours(before[last], after[last])
    alike = {stage: debiased_cka(before[stage], after[stage]) for stage in before}
    answered = None if head is None else (_own_answers(head, before[last]), _own_answers(head, after[last]))
    known = np.zeros(0, dtype=np.int64) if codes is None else np.flatnonzero(codes >= 0)
    accuracy = None
    if answered is not None and codes is not None and len(known):
        right = [answer[known] == codes[known] for answer in answered]
        accuracy = (_share(right[0]), _share(right[1]), _change(right[1], right[0]))
    return Retention(
        on=on,
        rows=rows,
        agreement=None if answered is None else _share(answered[0] == answered[1]),
        neighbours=_mean(nearness),
        similarity={stage: value for stage, value in alike.items() if np.isfinite(value)},
        accuracy=accuracy,
        labelled=len(known),
    )


def _own_answers(head: SourceHead, pooled: np.ndarray) -> np.ndarray:
    """Return the label codes (rows,) of the source's head."""
    return np.asarray(head.logits(pooled).argmax(axis=1))


def _frontier(bench: Workbench, race: Race, ready: Ready, rows: np.ndarray) -> list[FrontierPoint]:
    """Return metric and retention on validation rows along the way from the source and its probe to the chosen weights.

    Parameters
    ----------
    ready : the choice; its trial holds the model that never saw the validation rows.
    """
    tuned, start = ready.trial.adapted, race.best_probe().adapted
    if not isinstance(tuned, Transferred) or not isinstance(start, Transferred) or tuned.stages != start.stages:
        return []
    if not np.array_equal(tuned.head.mean, start.head.mean):
        # Its head was fitted on what the changed network gives: no way leads there from the probe's.
        return []
    inputs = bench.material.representation
    before = _before(bench, inputs, rows)
    points = [_point(bench, ready, start, 0.0, before, before, rows)]
    shares = (*BETWEEN, 1.0)
    for share, mixed in zip(shares, blends(tuned, start, shares), strict=True):
        points.append(_point(bench, ready, mixed, share, before, mixed.pooled(inputs, rows), rows))
    return points


def _point(
    bench: Workbench, ready: Ready, model: Transferred, share: float, before: Pooled, after: Pooled, rows: np.ndarray
) -> FrontierPoint:
    """Return one point of the frontier."""
    truth, metric, head = bench.material.codes[rows], METRICS[bench.metric], bench.material.backbone.head
    features = np.concatenate([after[stage] for stage in model.stages], axis=1)
    codes = decide(soften(model.head.proba(features), ready.temperature), ready.weights)
    draws = Resampling(truth, stratified=True, draws=DRAWS)
    value = metric(truth, codes)
    measured = around(value, draw(lambda drawn: metric(truth[drawn], codes[drawn]), draws))
    last = list(before)[-1]
    if head is None:
        kept = _mean(shared_neighbours(before[last], after[last]))
    else:
        kept = _share(_own_answers(head, before[last]) == _own_answers(head, after[last]))
    return FrontierPoint(share, _measured(measured), kept)


def _share(hits: np.ndarray) -> Measured:
    return _measured(proportion(float(hits.mean()), len(hits)))


def _change(after: np.ndarray, before: np.ndarray) -> Measured:
    """Return by how much a share of right answers changed on the same rows: where none did, that is no certainty."""
    return _measured(hit_rate_difference(after, before, np.zeros(len(after), dtype=np.int64))[0])


def _mean(values: np.ndarray) -> Measured:
    draws = Resampling(np.zeros(len(values), dtype=np.int64), draws=DRAWS)
    return _measured(around(float(values.mean()), draw(lambda rows: float(values[rows].mean()), draws)))


def _measured(interval: Interval) -> Measured:
    return Measured(interval.value, interval.low, interval.high)
