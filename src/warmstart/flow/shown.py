"""The rows that the report shows: the most wrong, the most typical, and what each answer rests on."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Evidence
from warmstart.learning.metrics import row_losses
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.explain import explain

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
    decoder: Decoder,
    bundle: Bundle,
    seconds: float = MOST_SECONDS,
    threads: int | None = None,
) -> dict[str, Any]:
    """Return the rows that are most wrong, and the most typical right one of each class, as plain values.

    Each is explained by the bundle until the seconds are over, wrong and typical ones in turn.

    Parameters
    ----------
    rows : the rows of the dataset that the evidence is about.
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
    return found


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
    """Return rows with their preview, as plain values."""
    classes, delivered = evidence.task.classes, evidence.predictions[evidence.chosen]
    cells = [dataset.inputs[0].cells[rows[place]] for place in places]
    previews = part("modalities", dataset.modality)().previews(cells, decoder)
    entries = []
    for place, preview in zip(places, previews, strict=True):
        code = int(delivered.codes[place])
        entry = {
            "id": evidence.ids[place],
            "truth": classes[evidence.truth[place]],
            "predicted": classes[code],
            "probability": float(delivered.proba[place, code]),
        }
        if preview.png is not None:
            entry["png"] = base64.b64encode(preview.png).decode("ascii")
        elif preview.text is not None:
            entry["text"] = preview.text
        entries.append(entry)
    return entries
