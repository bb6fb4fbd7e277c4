"""Plant copies among real photos, emoji and texts, and see which are found and what is taken for a copy that is none.

    python benchmarks/duplicates.py [rows]

To at most `rows` rows of each set (1,000 by default) copies of 150 of them are added, a kind at a time:
exact ones, near ones (images re-encoded or resized; texts in other case, punctuation or spacing), and such
as are reported only (crops; texts with a letter changed or the end cut off). A copy counts as found where
it is paired with its original. A row counts as false where it is paired with one that was made from another
original of other content, even if the set itself holds near copies. It takes about a minute on one core.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _data import AMAZON, photos
from _runs import SHARED
from PIL import Image

from warmstart.core.catalog import part
from warmstart.learning.duplicates import exact_pairs
from warmstart.runtime.decode import Decoder
from warmstart.runtime.images import read_image
from warmstart.store.cache import Cache

ROWS, PLANTED = 1000, 150
BARS = {"exact": 1.0, "near": 0.95}
MOST_FALSE = 0.01


@dataclass(frozen=True)
class Plant:
    """A way to make a copy of a cell: what it is called, which bar it must reach ("" for none), and how."""

    name: str
    bar: str
    copy: Callable[[Any], Any]


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an image as the bytes of a file."""
    page = io.BytesIO()
    image.save(page, kind, **options)
    return page.getvalue()


def resized(cell: str, share: float) -> bytes:
    """Return an image at a share of its size."""
    image = read_image(cell)
    size = tuple(max(1, round(share * side)) for side in image.size)
    return encoded(image.resize(size, Image.Resampling.LANCZOS), "PNG")


def cropped(cell: str, share: float) -> bytes:
    """Return an image without a share of its width and height, half of it on every side."""
    image = read_image(cell)
    left, top = (round(share * side / 2) for side in image.size)
    return encoded(image.crop((left, top, image.width - left, image.height - top)), "PNG")


def respelt(text: str) -> str:
    """Return a text with its middle letter changed."""
    place = len(text) // 2
    return f"{text[:place]}{'x' if text[place] != 'x' else 'y'}{text[place + 1 :]}"


IMAGES = (
    Plant("exact", "exact", lambda cell: Path(cell).read_bytes()),
    Plant("as another lossless file", "exact", lambda cell: encoded(read_image(cell), "BMP")),
    Plant("JPEG, quality 90", "near", lambda cell: encoded(read_image(cell), "JPEG", quality=90)),
    Plant("JPEG, quality 75", "near", lambda cell: encoded(read_image(cell), "JPEG", quality=75)),
    Plant("WEBP, quality 80", "near", lambda cell: encoded(read_image(cell), "WEBP", quality=80)),
    Plant("resized to 3/4", "near", lambda cell: resized(cell, 0.75)),
    Plant("resized to 1/2", "near", lambda cell: resized(cell, 0.5)),
    Plant("resized to 3/2", "near", lambda cell: resized(cell, 1.5)),
    Plant("cropped by 2 %", "", lambda cell: cropped(cell, 0.02)),
    Plant("cropped by 5 %", "", lambda cell: cropped(cell, 0.05)),
    Plant("cropped by 10 %", "", lambda cell: cropped(cell, 0.1)),
)
TEXTS = (
    Plant("exact", "exact", str),
    Plant("other spacing", "exact", lambda cell: "  ".join(cell.split()) + " "),
    Plant("upper case", "near", lambda cell: cell.upper()),
    Plant("without punctuation", "near", lambda cell: "".join(sign for sign in cell if sign.isalnum() or sign == " ")),
    Plant("other punctuation", "near", lambda cell: f'"{cell}" …'),
    Plant("a letter changed", "", respelt),
    Plant("the last tenth cut off", "", lambda cell: cell[: -max(1, len(cell) // 10)]),
)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print("| set | planted | found | share | bar |\n|---|---|---|---|---|", flush=True)
    with Decoder(workers=1) as decoder:
        reached = [_one(name, kind, cells, decoder) for name, kind, cells in sets(rows)]
    print("\nEvery bar is reached." if all(reached) else "\nA bar is missed.")
    sys.exit(0 if all(reached) else 1)


def sets(rows: int) -> list[tuple[str, str, list[str]]]:
    """Return name, modality and cells of every set."""
    emoji = sorted(str(path) for path in (SHARED / "emoji" / "twitter").glob("*/*.png"))
    with AMAZON.open(encoding="utf-8", newline="") as stream:
        texts = list(dict.fromkeys(row["text"] for row in csv.DictReader(stream)))
    rng = np.random.default_rng(0)
    found = {
        "emoji": ("image", emoji),
        "solar cells": ("image", photos(2000, Cache().root)[0]),
        "amazon": ("text", texts),
    }
    return [(name, kind, rng.permutation(cells)[:rows].tolist()) for name, (kind, cells) in found.items()]


def _one(name: str, kind: str, cells: Sequence[str], decoder: Decoder) -> bool:
    """Plant every kind of copy into a set, print what is found, and return whether every bar is reached."""
    modality = part("modalities", kind)()
    plain = modality.inspect(cells, decoder)
    wrong = _apart(_pairs(modality, cells, plain), plain.hashes)
    plants, reached = IMAGES if kind == "image" else TEXTS, True
    for plant in plants:
        every = [*cells, *(plant.copy(cell) for cell in cells[:PLANTED])]
        pairs = _pairs(modality, every, modality.inspect(every, decoder))
        wrong |= _apart(pairs, plain.hashes)
        found = sum((row, len(cells) + row) in pairs for row in range(PLANTED))
        bar = BARS.get(plant.bar)
        reached &= bar is None or found >= bar * PLANTED
        print(f"| {name} | {plant.name} | {found} of {PLANTED} | {found / PLANTED:.1%} | {_bar(bar)} |", flush=True)
    share = len(wrong) / len(cells)
    print(f"| {name} | nothing: false | {len(wrong)} of {len(cells)} | {share:.1%} | ≤ {MOST_FALSE:.0%} |", flush=True)
    return reached and share <= MOST_FALSE


def _apart(pairs: set[tuple[int, int]], originals: Sequence[str]) -> set[int]:
    """Return the rows in pairs that were made from originals of other content.

    Parameters
    ----------
    originals : the content hash of every original; copies come after them, in the same order.
    """
    rows = len(originals)
    return {place % rows for pair in pairs for place in pair if len({originals[one % rows] for one in pair}) > 1}


def _pairs(modality: Any, cells: Sequence[Any], inspection: Any) -> set[tuple[int, int]]:
    """Return all pairs that are said to be copies, the lower row first."""
    near = modality.near_duplicates(cells, inspection)
    if near is None:
        return set()
    return {tuple(sorted(pair)) for pair in [*exact_pairs(inspection.hashes).tolist(), *near.tolist()]}


def _bar(bar: float | None) -> str:
    return "reported" if bar is None else f"≥ {bar:.0%}"


if __name__ == "__main__":
    main()
