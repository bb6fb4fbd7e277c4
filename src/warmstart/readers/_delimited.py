"""Delimited text: find how a file is written by looking through it once, then read it record by record."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from warmstart.errors import DataError
from warmstart.readers._encoding import encoding_of

DELIMITERS = (",", ";", "\t", "|")
SNIFFED = 200
BATCH = 1024


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Parameters
    ----------
    quoted : whether a field may stand in quotes; else a quote is a letter like any other.
    """

    path: Path
    encoding: str
    delimiter: str
    quoted: bool

    def records(self) -> Iterator[list[str]]:
        """Yield the fields of every line that is not blank, the header's first; a quoted field may hold lines."""
        with self.opened() as file:
            reader = self.reader(file)
            while True:
                with _long_fields():
                    batch = list(itertools.islice(reader, BATCH))
                if not batch:
                    return
                yield from filter(None, batch)

    def opened(self) -> TextIO:
        """Open the file at its first letter, after a byte order mark."""
        return at_start(self.path.open(encoding=self.encoding, newline=""))

    def reader(self, file: TextIO) -> Any:
        """Return a reader that refuses quotes that do not fit, where quotes count."""
        return csv.reader(
            file,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=True,
        )


def layout_of(path: Path) -> Layout:
    """Return how a file is written, all of which can be read so.

    Raises
    ------
    DataError : it is no text, a quote does not fit, or most rows do not fit the header; the row is named.
    """
    encoding = encoding_of(path)
    with at_start(path.open(encoding=encoding, newline="")) as file:
        found = Layout(path, encoding, _delimiter(file.read(1 << 20)), quoted=True)
    seen = _look(found)
    if found.delimiter == "\t" and (seen.error or seen.lines > seen.records):
        # Tab-separated files are often written without quotes, and an inch or a ditto would swallow rows.
        plain = replace(found, quoted=False)
        if not _look(plain).odd:
            return plain
    if seen.error:
        where = f"row {seen.records}" if seen.records else "the header"
        raise DataError(
            f"{path.name} cannot be read as a table: {where} has a quote that does not fit ({seen.error}). "
            "Save it as CSV with quoted texts, and quotes inside them doubled."
        )
    if seen.odd > seen.records - 1 - seen.odd:
        raise DataError(
            f"Most rows of {path.name} do not fit its header: {seen.first_odd}. Check the delimiter and the quotes."
        )
    return found


def odd_reason(fields: int, wanted: int) -> str:
    """Return what is wrong with a row."""
    return f"has {fields} field{'s' * (fields != 1)} where the header has {wanted}"


def at_start(file: TextIO) -> TextIO:
    """Return the file at its first letter, after a byte order mark."""
    file.seek(0)
    if file.read(1) != "\ufeff":
        file.seek(0)
    return file


@dataclass
class _Seen:
    """What looking through a file told.

    Parameters
    ----------
    records, lines : how many there are, with the header and without blank lines; those before an error where
        there is one.
    odd : records with another number of fields than the header; `first_odd` names the first.
    error : why the next record cannot be read, "" at the end of the file.
    """

    records: int = 0
    lines: int = 0
    odd: int = 0
    first_odd: str = ""
    error: str = ""


def _look(layout: Layout) -> _Seen:
    """Look through a file, without keeping it."""
    seen, wanted, blank = _Seen(), 0, 0
    with _long_fields(), layout.opened() as file:
        reader = layout.reader(file)
        try:
            for record in reader:
                if not record:
                    blank += 1
                    continue
                wanted = wanted or len(record)
                if len(record) != wanted:
                    seen.odd += 1
                    seen.first_odd = seen.first_odd or f"row {seen.records} {odd_reason(len(record), wanted)}"
                seen.records += 1
        except csv.Error as error:
            seen.error = str(error)
        seen.lines = reader.line_num - blank
    return seen


def _delimiter(start: str) -> str:
    """Return the delimiter that cuts most of the first rows into as many fields as the header."""
    scores = {delimiter: _agreement(start, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0.0, 0) else ","


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of the first rows that have the header's fields, and how many fields it has."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        with _long_fields():
            counts = [len(record) for record in itertools.islice(reader, SNIFFED) if record]
    except csv.Error:
        return 0.0, 0
    if not counts or counts[0] < 2:
        return 0.0, 0
    return counts.count(counts[0]) / len(counts), counts[0]


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    """Let texts be longer than the csv module's limit, and put the limit back."""
    before = csv.field_size_limit(1 << 30)
    try:
        yield
    finally:
        csv.field_size_limit(before)
