"""What is held as images in memory, as arrays of 8 bits: arrays of numbers, all by one scale, and PIL images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.errors import DataError

LITTLE = 2.0
"""Numbers up to here may be fractions that resizing has brought above 1; as 8 bits they would all be black."""


def eight_bits(cells: Sequence[Any], *, up_to_255: bool = False) -> list[Any]:
    """Return cells with their arrays as uint8; those of fractions, from 0 to 1, are multiplied by 255.

    Whether they are fractions is decided over all arrays together, since a dark image alone looks as if it were.

    Parameters
    ----------
    up_to_255 : they are none, as earlier images of the same kind have shown.

    Raises
    ------
    DataError : numbers are outside 0 to 255, or it cannot be told whether they are fractions; the row is named.
    """
    numbers = {
        row: _highest(cell, row)
        for row, cell in enumerate(cells, start=1)
        if isinstance(cell, np.ndarray) and cell.dtype != np.uint8 and cell.size
    }
    floats = {row: high for row, high in numbers.items() if _is_float(cells[row - 1])}
    factor = 255 if not up_to_255 and _are_fractions(floats) else 1
    return [_scaled(cell, factor) if row in numbers else cell for row, cell in enumerate(cells, start=1)]


def _highest(values: np.ndarray, row: int) -> float:
    """Return the highest number of an image."""
    if values.dtype.kind not in "buif":
        raise DataError(f"Image arrays must hold numbers. Got {values.dtype} in row {row}.")
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 255):
        raise DataError(
            f"Image arrays must hold numbers from 0 to 255, or from 0 to 1. Got {low:g} to {high:g} in row {row}."
        )
    return high


def _are_fractions(highest: Mapping[int, float]) -> bool:
    """Return whether images of floating-point numbers go from 0 to 1.

    Parameters
    ----------
    highest : the highest number of each, by its row.
    """
    bright, dark = max(highest, key=highest.__getitem__, default=0), [row for row in highest if highest[row] <= 1]
    if len(dark) == len(highest):
        return bool(dark)
    got = f"Row {bright} goes to {highest[bright]:.9g}"
    if highest[bright] <= LITTLE:
        raise DataError(
            "Image arrays of fractions must hold numbers from 0 to 1, and other ones from 0 to 255. "
            f"{got}, and no row further: clip them to 1, or give uint8."
        )
    if 2 * len(dark) > len(highest):
        raise DataError(
            "Image arrays must all hold numbers from 0 to 1, or all from 0 to 255. "
            f"{got}, and {len(dark):,} of {len(highest):,} rows, such as row {dark[0]}, not above 1. Give uint8."
        )
    return False


def _is_float(values: np.ndarray) -> bool:
    return values.dtype.kind == "f"


def _scaled(values: np.ndarray, factor: int) -> np.ndarray:
    """Return an image's numbers as uint8."""
    return np.round(values * factor).astype(np.uint8) if _is_float(values) else values.astype(np.uint8)


def from_pil(image: Any, row: int) -> np.ndarray:
    """Return a PIL image as an array (height, width, 3); one from a file is decoded only now.

    Raises
    ------
    DataError : it is too large, or cannot be decoded; the row is named.
    """
    from warmstart.runtime import images

    width, height = image.size
    if width * height > images.MOST_PIXELS:
        raise DataError(
            f"The image in row {row} is {width:,} × {height:,} pixels, and images may have "
            f"{images.MOST_PIXELS // 1_000_000} million at most. Make it smaller, or leave it out."
        )
    try:
        return images.from_pil(image)
    except Exception as error:
        raise DataError(f"The image in row {row} cannot be decoded ({error}). Leave it out, or mend it.") from None
