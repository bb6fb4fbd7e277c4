"""The rows that the report shows: the most wrong, the most typical, and what each answer rests on."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Evidence
from warmstart.learning.metrics import row_losses
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.explain import explain

if TYPE_CHECKING:
    from warmstart.flow.label_check import Suspect

MOST_SHOWN = 12
MOST_SECONDS = 4.0
SHARE_OF_BUDGET = 0.02


def explaining_seconds(budget: float) -> float:
    """Return how long explaining may take: 4 s, and of a short budget 2 %.

    >>> explaining_seconds(300), explaining_seconds(60)
    (4.0, 1.2)
    """
    return min(MOST_SECONDS, SHARE_OF_BUDGET * budget)


def shown(
    dataset: Dataset,
    evidence: Evidence,
    rows: np.ndarray,
    *,
    doubtful: Sequence[Suspect] = (),
    decoder: Decoder,
    bundle: Bundle,
    seconds: float = MOST_SECONDS,
    threads: int | None = None,
) -> dict[str, Any]:
    """Return the most wrong rows, the most typical right one of each class, and doubtful labels, as plain values.

    The first two are explained by the bundle until the seconds are over, wrong and typical ones in turn.

    Parameters
    ----------
    rows : the rows of the dataset that the evidence is about.
    doubtful : rows whose label is doubted, of any part, the most doubtful first.
    """
    wrong, typical = most_wrong(evidence), most_typical(evidence)
    chosen = {"wrong": wrong, "typical": typical}
    found = {name: _entries(dataset, evidence, rows, places, decoder) for name, places in chosen.items()}
    places = {name: iter(zip(chosen[name], found[name], strict=True)) for name in chosen}
    turns = [pair for _ in range(MOST_SHOWN) for name in chosen if (pair := next(places[name], None)) is not None]
    deadline, longest = time.monotonic() + seconds, 0.0
    for place, entry in turns:
        start = time.monotonic()
        if start + longest > deadline:
            break
        cell, code = dataset.inputs[0].cells[rows[place]], int(evidence.predictions[evidence.chosen].codes[place])
        explained = explain(bundle, cell, code, decoder=decoder, threads=threads)
        if explained is not None:
            entry["explained"] = explained.to_json()
        longest = max(longest, time.monotonic() - start)
    return {**found, "suspects": _doubtful(dataset, doubtful[:MOST_SHOWN], decoder)}


def most_wrong(evidence: Evidence) -> list[int]:
    """Return the places of the wrong answers, the surest first."""
    delivered = evidence.predictions[evidence.chosen]
    losses = row_losses(evidence.truth, delivered.proba)
    return [int(place) for place in np.argsort(-losses) if delivered.codes[place] != evidence.truth[place]][:MOST_SHOWN]


def most_typical(evidence: Evidence) -> list[int]:
    """Return the place of the surest right answer of every class that has one."""
    delivered = evidence.predictions[evidence.chosen]
    losses = row_losses(evidence.truth, delivered.proba)
    right = np.flatnonzero(delivered.codes == evidence.truth)
    return [
        int(of_class[losses[of_class].argmin()])
        for code in range(len(evidence.task.classes))
        if len(of_class := right[evidence.truth[right] == code])
    ][:MOST_SHOWN]


def _entries(
    dataset: Dataset, evidence: Evidence, rows: np.ndarray, places: Sequence[int], decoder: Decoder
) -> list[dict[str, Any]]:
    """Return tested rows with what was answered and their preview, as plain values."""
    classes, delivered = evidence.task.classes, evidence.predictions[evidence.chosen]
    entries = [
        {
            "id": evidence.ids[place],
            "truth": classes[evidence.truth[place]],
            "predicted": classes[code := int(delivered.codes[place])],
            "probability": float(delivered.proba[place, code]),
        }
        for place in places
    ]
    return _with_previews(dataset, [int(rows[place]) for place in places], entries, decoder)


def _doubtful(dataset: Dataset, suspects: Sequence[Suspect], decoder: Decoder) -> list[dict[str, Any]]:
    """Return rows whose label is doubted with what is suggested and their preview, as plain values."""
    entries = [
        {"id": one.id, "truth": one.given, "predicted": one.suggested, "probability": one.p_suggested}
        for one in suspects
    ]
    row_of = {name: row for row, name in enumerate(dataset.ids)} if suspects else {}
    return _with_previews(dataset, [row_of[one.id] for one in suspects], entries, decoder)


def _with_previews(
    dataset: Dataset, rows: Sequence[int], entries: list[dict[str, Any]], decoder: Decoder
) -> list[dict[str, Any]]:
    """Add a picture or a text to every entry."""
    previews = part("modalities", dataset.modality)().previews([dataset.inputs[0].cells[row] for row in rows], decoder)
    for entry, preview in zip(entries, previews, strict=True):
        if preview.png is not None:
            entry["png"] = base64.b64encode(preview.png).decode("ascii")
        elif preview.text is not None:
            entry["text"] = preview.text
    return entries
