"""Find how a text file is encoded, or refuse it with the row."""

from __future__ import annotations

import codecs
import re
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

IN_WORDS = re.compile(rb"(?<=[A-Za-z\xc0-\xff])[\xb9\xb3\xbf\xbc\xbe](?=[A-Za-z\xc0-\xff])")
"""In cp1252 the signs ¹ ³ ¿ ¼ ¾ between letters; in cp1250 the letters ą ł ż Ľ ľ."""
IN_MANY_WORDS = 0.05
"""Share of these among all that is not ASCII from which on it is no slip, such as a unit without a space."""


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
        _require_no_signs_in_words(data, path.name)
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


def _require_no_signs_in_words(data: bytes, name: str) -> None:
    """Refuse text whose words would hold signs: they are letters of Central European text, which looks Western too.

    Raises
    ------
    DataError : it is such text; the first row is named.
    """
    found = list(IN_WORDS.finditer(data))
    if not found or len(found) < IN_MANY_WORDS * sum(byte >= 0x80 for byte in data):
        return
    sign, row = found[0].group(), data[: found[0].start()].count(b"\n")
    where = f"row {row}" if row else "the header"
    raise DataError(
        f"{name} is not UTF-8 text, and read as Western text (cp1252) its words hold signs: "
        f"{where} has '{sign.decode('cp1252')}' between letters, where Central European text (cp1250) has "
        f"'{sign.decode('cp1250')}'. Save it as UTF-8."
    )


def _ascii(data: bytes, place: int) -> bool:
    """Return whether the byte at a place is ASCII, or beyond the ends."""
    return not 0 <= place < len(data) or data[place] < 0x80
