"""Find how a text file is encoded, or refuse it with the row."""

from __future__ import annotations

import codecs
from pathlib import Path

from warmstart.errors import DataError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PIECE = 1 << 20
ZEROS = 0.5
"""Share of every other byte that is zero in UTF-16 text of mostly Western letters."""
ALONE = 0.7
"""Share of accented letters that stand alone in Western text; in other scripts they come in runs."""


def encoding_of(path: Path) -> str:
    """Return how a text file is encoded: UTF-8, UTF-16, UTF-32 (by their marks or zeros), or Western (cp1252).

    The file is read a piece at a time, unless something is wrong with it.

    Raises
    ------
    DataError : it is none of these; the row where it fails is named.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    encoding = _marked(start)
    if encoding is None:
        raise DataError(f"{path.name} is not a text file (starts with {start[:8]!r}). Save the table as CSV in UTF-8.")
    if _is_encoded(path, encoding):
        return encoding
    data = path.read_bytes()
    if encoding == "utf-8" and _is_western(data):
        return "cp1252"
    raise _refusal(data, encoding, path.name)


def _is_encoded(path: Path, encoding: str) -> bool:
    """Return whether all of a file can be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refusal(data: bytes, encoding: str, name: str) -> DataError:
    """Return what is wrong with a file that cannot be decoded, and in which row."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n")
        where = f"row {row}" if row else "the header"
        got = f"{where} has the byte 0x{data[error.start]:02x}"
        return DataError(f"{name} is not {encoding.upper()} text: {got}. Save it as UTF-8.")
    return DataError(f"{name} changed while it was read. Leave it as it is, and run the command again.")


def _marked(start: bytes) -> str | None:
    """Return the encoding that a byte order mark or the place of zero bytes tells, None for no text; else UTF-8."""
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    if b"\0" not in start:
        return "utf-8"
    share = len(start) / 2 * ZEROS
    if start[1::2].count(0) > share:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > share else None


def _is_western(data: bytes) -> bool:
    """Return whether a text can be cp1252: its accented letters stand alone, as they do in Western languages."""
    high = [place for place, byte in enumerate(data) if byte >= 0x80]
    alone = sum(_ascii(data, place - 1) and _ascii(data, place + 1) for place in high)
    if not high or alone < ALONE * len(high):
        return False
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def _ascii(data: bytes, place: int) -> bool:
    """Return whether the byte at a place is ASCII, or beyond the ends."""
    return not 0 <= place < len(data) or data[place] < 0x80
