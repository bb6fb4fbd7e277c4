"""Find how a text file is encoded, or refuse it with the row."""

from __future__ import annotations

import codecs

from warmstart.errors import DataError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ZEROS = 0.5
"""Share of every other byte that is zero in UTF-16 text of mostly Western letters."""
ALONE = 0.7
"""Share of accented letters that stand alone in Western text; in other scripts they come in runs."""


def decoded(data: bytes, *, name: str) -> str:
    """Return a text file's text: UTF-8, UTF-16, UTF-32 (by their marks or zeros), or Western (cp1252).

    Raises
    ------
    DataError : it is none of these; the row where it fails is named.
    """
    encoding = _marked(data)
    if encoding is None:
        raise DataError(f"{name} is not a text file (starts with {data[:8]!r}). Save the table as CSV in UTF-8.")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        western = _western(data) if encoding == "utf-8" else None
        if western is not None:
            return western
        row = data[: error.start].count(b"\n")
        where = f"row {row}" if row else "the header"
        raise DataError(
            f"{name} is not {encoding.upper()} text: {where} has the byte 0x{data[error.start]:02x}. Save it as UTF-8."
        ) from None


def _marked(data: bytes) -> str | None:
    """Return the encoding that a byte order mark or the place of zero bytes tells, None for no text; else UTF-8."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    start = data[:4096]
    if b"\0" not in start:
        return "utf-8"
    share = len(start) / 2 * ZEROS
    if start[1::2].count(0) > share:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > share else None


def _western(data: bytes) -> str | None:
    """Return the text as cp1252 if its accented letters stand alone, as they do in Western languages."""
    high = [place for place, byte in enumerate(data) if byte >= 0x80]
    alone = sum(_ascii(data, place - 1) and _ascii(data, place + 1) for place in high)
    if not high or alone < ALONE * len(high):
        return None
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def _ascii(data: bytes, place: int) -> bool:
    """Return whether the byte at a place is ASCII, or beyond the ends."""
    return not 0 <= place < len(data) or data[place] < 0x80
