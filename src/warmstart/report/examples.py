"""Single rows to look at: the answers it was surest of and that were wrong, and typical ones that were right."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from warmstart.core import wording
from warmstart.report.occlusion import Piece, heat_map, marked

PNG = b"\x89PNG\r\n\x1a\n"
MOST = 24
LONGEST_TEXT = 600


@dataclass(frozen=True)
class Example:
    """One row: its name in short and in full, what it is, what was answered and how sure, its picture or text.

    Parameters
    ----------
    look : the picture with what the answer rests on drawn over it, where that was measured.
    pieces : the text with what the answer rests on marked; empty where that was not measured.
    hidden : how sure the answer still is without the part that carries most of it.
    """

    id: str
    path: str
    truth: str
    predicted: str
    probability: str
    share: float
    picture: str | None
    text: str | None
    look: str | None = None
    pieces: tuple[Piece, ...] = ()
    hidden: str = ""


def examples(recorded: Mapping[str, Any], which: str) -> tuple[Example, ...]:
    """Return the examples under "wrong" or "typical"."""
    return tuple(_example(entry) for entry in (recorded.get(which) or ())[:MOST])


def _example(entry: Mapping[str, Any]) -> Example:
    probability, explained = entry.get("probability"), entry.get("explained") or {}
    text = None if entry.get("text") is None else _shortened(str(entry["text"]))
    png = _png(entry.get("png"))
    look = heat_map(png, explained) if png and explained else None
    pieces = marked(text, explained) if text and explained else ()
    return Example(
        id=_short(str(entry.get("id", ""))),
        path=str(entry.get("id", "")),
        truth=str(entry.get("truth", "")),
        predicted=str(entry.get("predicted", "")),
        probability=wording.percent(probability),
        share=float(probability or 0.0),
        picture=f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else None,
        text=text,
        look=look,
        pieces=pieces,
        hidden=wording.percent(explained["lowest"]) if look or pieces else "",
    )


def _short(name: str) -> str:
    """Return the last folder and the file of an absolute path, and any other name as it is.

    >>> _short("/home/ann/data/cells/0400.png")
    'cells/0400.png'
    """
    return "/".join(PurePath(name).parts[-2:]) if PurePath(name).is_absolute() else name


def _png(encoded: object) -> bytes | None:
    """Return the content, only of what really is base64 of a PNG."""
    try:
        content = base64.b64decode(str(encoded or ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if content.startswith(PNG) else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT].rstrip()} …"
