"""What exploring tells of every row, as a table on disk, and what the page shows of some of them."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.modalities._base import Preview
from warmstart.runtime.decode import Decoder

POINTS = 10_000
PICTURES = 2_000
THUMBNAIL, FACE, CARD = 48, 96, 160
HOVER_LETTERS = 160
GRID = 10_000
COLUMNS = ("row", "id", "cluster", "name", "outlier_score", "x", "y")


@dataclass(frozen=True)
class Rows:
    """What is known of every row.

    Parameters
    ----------
    codes : its cluster (rows,).
    names : of the clusters.
    outliers : its outlier score (rows,).
    places : where it is on the map (rows, 2).
    labels : the code of its label (rows,), where labels were named.
    """

    dataset: Dataset
    codes: np.ndarray
    names: Sequence[str]
    outliers: np.ndarray
    places: np.ndarray
    labels: np.ndarray | None = None


def as_csv(rows: Rows) -> str:
    """Return a line a row: its number from 1, its id, cluster number and name, outlier score, place on the map."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, name in enumerate(rows.dataset.ids):
        code = int(rows.codes[row])
        x, y = rows.places[row].tolist()
        score = f"{rows.outliers[row]:.4f}"
        writer.writerow([row + 1, name, code + 1, rows.names[code], score, f"{x:.4f}", f"{y:.4f}"])
    return text.getvalue()


def points(rows: Rows, decoder: Decoder, *, wanted: np.ndarray, seed: int) -> dict[str, Any]:
    """Return what the page's map shows: at most POINTS rows, at most PICTURES of them with their picture.

    Parameters
    ----------
    wanted : rows that must be among them.
    """
    shown = _some(len(rows.dataset), POINTS, wanted, seed)
    low, high = rows.places[shown].min(axis=0), rows.places[shown].max(axis=0)
    span = float((high - low).max()) or 1.0
    grid = np.round((rows.places[shown] - low) / span * GRID).astype(int)
    plain: dict[str, Any] = {
        "row": shown.tolist(),
        "x": grid[:, 0].tolist(),
        "y": grid[:, 1].tolist(),
        "cluster": rows.codes[shown].tolist(),
        "outlier": [round(float(score), 2) for score in rows.outliers[shown]],
        "id": [rows.dataset.ids[row] for row in shown],
        "label": None if rows.labels is None else rows.labels[shown].tolist(),
    }
    if rows.dataset.modality == "text":
        cells = rows.dataset.inputs[0].cells
        return {**plain, "text": [_shortened(cells[row]) for row in shown]}
    pictured = shown[np.isin(shown, _some_of(shown, PICTURES, wanted, seed))]
    places = {int(row): place for place, row in enumerate(pictured)}
    sheet = _sheet(previews(rows.dataset, pictured, decoder, side=THUMBNAIL))
    return {**plain, "picture": [places.get(int(row), -1) for row in shown], "sheet": sheet}


def previews(dataset: Dataset, rows: np.ndarray, decoder: Decoder, *, side: int) -> list[Preview]:
    """Return some rows made small enough to show."""
    cells = [dataset.inputs[0].cells[row] for row in rows]
    found: list[Preview] = part("modalities", dataset.modality)().previews(cells, decoder, side=side)
    return found


def cards(dataset: Dataset, rows: np.ndarray, decoder: Decoder, *, side: int = CARD) -> list[dict[str, Any]]:
    """Return the id of some rows with their picture or text, as plain values."""
    found = []
    for row, preview in zip(rows, previews(dataset, rows, decoder, side=side), strict=True):
        entry: dict[str, Any] = {"id": dataset.ids[row]}
        if preview.png is not None:
            entry["png"] = base64.b64encode(preview.png).decode("ascii")
        elif preview.text is not None:
            entry["text"] = preview.text
        found.append(entry)
    return found


def _some(count: int, most: int, wanted: np.ndarray, seed: int) -> np.ndarray:
    return _some_of(np.arange(count), most, wanted, seed)


def _some_of(rows: np.ndarray, most: int, wanted: np.ndarray, seed: int) -> np.ndarray:
    """Return at most `most` of the rows, ascending: the wanted ones first, then drawn ones."""
    if len(rows) <= most:
        return rows
    first = np.unique(wanted)[:most]
    others = np.setdiff1d(rows, first)
    drawn = np.random.default_rng(seed).choice(others, most - len(first), replace=False)
    return np.sort(np.concatenate([first, drawn]))


def _sheet(found: Sequence[Preview]) -> dict[str, Any]:
    """Return thumbnails side by side in one JPEG, so that the page decodes one picture and not thousands."""
    columns = max(1, int(np.ceil(np.sqrt(len(found)))))
    size = (columns * THUMBNAIL, -(-len(found) // columns) * THUMBNAIL)
    sheet = Image.new("RGB", (size[0], max(size[1], 1)), "white")
    for place, preview in enumerate(found):
        if preview.png is not None:
            with Image.open(io.BytesIO(preview.png)) as picture:
                left, top = place % columns * THUMBNAIL, place // columns * THUMBNAIL
                margin = ((THUMBNAIL - picture.width) // 2, (THUMBNAIL - picture.height) // 2)
                sheet.paste(picture.convert("RGB"), (left + margin[0], top + margin[1]))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=82)
    return {"side": THUMBNAIL, "columns": columns, "jpeg": base64.b64encode(buffer.getvalue()).decode("ascii")}


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= HOVER_LETTERS else plain[: HOVER_LETTERS - 1] + "…"
