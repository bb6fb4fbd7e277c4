"""One value of the user's data: whether it is there, as a word, and as an image."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.runtime.unread_photos import UNREAD_PHOTOS

IMAGE_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
        ".avif",
        ".jp2",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    ]
)
PHOTO_SUFFIXES = (*IMAGE_SUFFIXES, *UNREAD_PHOTOS)
SAMPLE = 200
MANY = (list, tuple, set, frozenset, dict, np.ndarray, bytes, bytearray, memoryview)
"""What holds several values, or is no word."""


def is_missing(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, or a frame's own sign for it."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def words(values: Sequence[Any]) -> tuple[str, ...]:
    """Return values as trimmed strings, "" where there is none."""
    return tuple(word_of(value) for value in values)


def word_of(value: Any) -> str:
    """Return one value as a trimmed string.

    A Mac takes accented letters apart in the names of files and folders; here they are whole (NFC).
    """
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value).strip())


def sample_of(values: Sequence[Any]) -> list[Any]:
    """Return the first values that are there."""
    sample = []
    for value in values:
        if not is_missing(value) and not (isinstance(value, str) and not value):
            sample.append(value)
            if len(sample) == SAMPLE:
                break
    return sample


def is_image_path(value: Any) -> bool:
    """Return whether a value is a path that ends like an image file, or like a photo that is named as not read."""
    if isinstance(value, Path):
        return True
    if not isinstance(value, str) or len(value) > 4096 or "\n" in value:
        return False
    return value.casefold().endswith(PHOTO_SUFFIXES)


def image_cell(value: Any, base: Path | None) -> Any:
    """Return a value as an image cell: a path, bytes, or an array.

    Parameters
    ----------
    base : the folder that a path is relative to.
    """
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    if isinstance(value, Path) or (isinstance(value, str) and value):
        return str(base / value) if base is not None else str(value)
    return None if is_missing(value) or (isinstance(value, str) and not value) else value
