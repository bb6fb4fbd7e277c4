"""What an answer rests on, drawn: warm over an image where hiding lowers the answer, marks on words that carry it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FOR, AGAINST = (214, 64, 18), (38, 104, 190)
FAINTEST = 0.05
"""Log-odds: an answer that no part moves by more rests on nothing that could be shown."""
MOST_COLOUR = 0.72


@dataclass(frozen=True)
class Piece:
    """A run of letters: how much colour it gets in percent, and whether it speaks for the answer or against it."""

    text: str
    shade: float
    kind: str


def heat_map(png: bytes, explained: Mapping[str, Any]) -> str | None:
    """Return the heat map of an image as the data address of a PNG; None where its answer rests on nothing."""
    drawn = heat_png(png, explained)
    return None if drawn is None else f"data:image/png;base64,{base64.b64encode(drawn).decode()}"


def heat_png(png: bytes, explained: Mapping[str, Any]) -> bytes | None:
    """Return a PNG: the image in grey, and over it what its answer rests on; None where it rests on nothing.

    Parameters
    ----------
    png : the thumbnail of the whole image.
    explained : "grid", by how much hiding each patch lowers the answer.
    """
    from PIL import Image

    weights = np.atleast_2d(np.asarray(explained.get("grid") or 0.0, dtype=np.float64))
    strongest = float(np.abs(weights).max())
    if strongest < FAINTEST:
        return None
    grey = Image.open(io.BytesIO(png)).convert("L")
    smooth = Image.fromarray((weights / strongest).astype(np.float32)).resize(grey.size, Image.Resampling.BICUBIC)
    share = np.clip(np.asarray(smooth), -1, 1)[:, :, None]
    colour = np.where(share > 0, FOR, AGAINST)
    mixed = np.asarray(grey)[:, :, None] * (1 - MOST_COLOUR * np.abs(share)) + colour * MOST_COLOUR * np.abs(share)
    page = io.BytesIO()
    Image.fromarray(mixed.round().astype(np.uint8)).save(page, "PNG")
    return page.getvalue()


def marked(text: str, explained: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Return a text in pieces, those marked that carry the answer or speak against it.

    Parameters
    ----------
    text : the text, or its beginning.
    explained : "spans", each its first letter, the letter after it, and by how much hiding it lowers the answer.

    >>> marked("not bad", {"spans": [[0, 3, 2.0], [4, 7, -1.0]]})[1:]
    (Piece(text=' ', shade=0.0, kind=''), Piece(text='bad', shade=50.0, kind='against'))
    """
    spans: Sequence[Sequence[float]] = explained.get("spans") or ()
    strongest = max((abs(weight) for _, _, weight in spans), default=0.0)
    if strongest < FAINTEST:
        return ()
    pieces, end = [], 0
    for start, stop, weight in spans:
        shade = round(100 * abs(weight) / strongest, 1)
        pieces.append(Piece(text[end : int(start)], 0.0, ""))
        pieces.append(Piece(text[int(start) : int(stop)], shade, "for" if weight > 0 else "against"))
        end = int(stop)
    pieces.append(Piece(text[end:], 0.0, ""))
    return tuple(piece for piece in pieces if piece.text)
