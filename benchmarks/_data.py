"""The real rows that benchmarks run on: photos of solar cells, and rated sentences."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from _runs import SHARED

from warmstart.errors import DataError
from warmstart.samples.solar_cells import SolarCells

CLASSES = ("negative", "positive")
AMAZON = SHARED / "sentiment" / "amazon.csv"
REVIEWS = (AMAZON, SHARED / "sentiment" / "movies.csv", SHARED / "sentiment" / "tweets.csv")


def photos(rows: int, folder: Path) -> tuple[list[str], list[str]]:
    """Return paths and labels of so many photos of solar cells, in an order of no meaning.

    Parameters
    ----------
    folder : where the sample's table may be written.
    """
    with Path(SolarCells().fetch(folder).data).open(encoding="utf-8", newline="") as stream:
        found = [(row["image"], row["label"]) for row in csv.DictReader(stream)]
    return _some(found, rows, "photos of solar cells")


def texts(rows: int) -> tuple[list[str], list[str]]:
    """Return so many positive and negative sentences, no two alike, of all three kinds, in an order of no meaning."""
    found: dict[str, str] = {}
    for file in REVIEWS:
        with file.open(encoding="utf-8", newline="") as stream:
            found |= {row["text"]: row["label"] for row in csv.DictReader(stream) if row["label"] in CLASSES}
    return _some(list(found.items()), rows, "sentences")


def _some(found: list[tuple[str, str]], rows: int, what: str) -> tuple[list[str], list[str]]:
    """Return inputs and labels of the first rows after shuffling.

    Raises
    ------
    DataError : there are fewer.
    """
    if rows > len(found):
        raise DataError(f"There are {len(found):,} {what}. Got --rows {rows}. Ask for fewer.")
    random.Random(0).shuffle(found)
    return [one for one, _ in found[:rows]], [label for _, label in found[:rows]]
