"""Tables on disk: CSV, TSV, Parquet and JSON Lines."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Dataset, Skipped
from warmstart.errors import DataError, PathError, listed
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._columns import Columns, dataset_of
from warmstart.readers._encoding import decoded

SUFFIXES = {
    ".csv": "text",
    ".tsv": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "lines",
    ".ndjson": "lines",
}
DELIMITERS = (",", ";", "\t", "|")
SNIFFED = 200


class Table(Reader):
    """A CSV, TSV, Parquet or JSON Lines file: a column of texts or of image paths, and one of labels."""

    name: ClassVar[str] = "table"
    summary: ClassVar[str] = "a CSV, TSV, Parquet or JSON Lines file with a column of texts or image paths"

    @classmethod
    def claims(cls, data: Any) -> bool:
        """Return whether it is a file that is called like a table."""
        return isinstance(data, Path) and data.suffix.casefold() in SUFFIXES and not data.is_dir()

    def read(self, data: Path, options: ReadOptions) -> Dataset:
        """Read the table; image paths are relative to its folder."""
        raw = read_table(data)
        return dataset_of(
            raw.columns,
            options,
            name=data.name,
            base=data.resolve().parent,
            skipped=raw.skipped,
            numbers=raw.numbers,
        )

    @classmethod
    def example(cls) -> Any:
        """Return a CSV written into a folder: `data` is a function of that folder."""

        def write(folder: Path) -> Path:
            path = folder / "reviews.csv"
            path.write_text('text;label\n"good; very";yes\nnot good;no\n', encoding="utf-8")
            return path

        return write, ReadOptions()


@dataclass(frozen=True)
class RawTable:
    """What a file holds: columns by name, the row (from 1) of the file that each row is, and rows left out."""

    columns: Columns
    numbers: tuple[int, ...]
    skipped: tuple[Skipped, ...] = ()


def read_table(path: Path) -> RawTable:
    """Return what a table file holds; values of CSV and TSV files are strings.

    Raises
    ------
    DataError : the file is empty, or a row cannot be read; the row is named.
    PathError : it is not a file.
    """
    if not path.is_file():
        raise PathError(f"{path} is not a file. A table must be a file ({listed(SUFFIXES)}).")
    kind = SUFFIXES.get(path.suffix.casefold(), "text")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty. A table must have a header and at least one row a class.")
    if kind == "parquet":
        return _whole(_parquet(path))
    text = decoded(path.read_bytes(), name=path.name)
    return _whole(_json_lines(text, path.name)) if kind == "lines" else _delimited(text, path.name)


def _whole(columns: Columns) -> RawTable:
    """Return a table of which every row could be read."""
    return RawTable(columns, tuple(range(1, len(next(iter(columns.values()), ())) + 1)))


def _parquet(path: Path) -> Columns:
    """Read a Parquet file."""
    import polars

    try:
        return polars.read_parquet(path).to_dict(as_series=False)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} is not a Parquet file that can be read ({_first_line(error)}).") from None


def _json_lines(text: str, name: str) -> Columns:
    """Read one JSON object a line; a key that a line does not have is missing there."""
    records: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataError(
                f"Line {number} of {name} is not JSON ({_first_line(error)}). Every line must be one object."
            ) from None
        if not isinstance(record, dict):
            raise DataError(f"Line {number} of {name} must be a JSON object. Got {type(record).__name__}.")
        records.append(record)
    names = dict.fromkeys(key for record in records for key in record)
    return {key: [record.get(key) for record in records] for key in names}


def _delimited(text: str, name: str) -> RawTable:
    """Read delimited text; a row with too few or too many fields is left out and named."""
    with _long_fields():
        delimiter = _delimiter(text)
        try:
            records = [record for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if record]
        except csv.Error as error:
            raise DataError(f"{name} cannot be read as a table ({error}). Save it as CSV with quoted texts.") from None
    header = _header(records, name)
    wanted = len(header)
    numbers = [place for place, record in enumerate(records) if place and len(record) == wanted]
    odd = [
        Skipped(f"row {place}", _odd(len(record), wanted))
        for place, record in enumerate(records)
        if len(record) != wanted
    ]
    if len(odd) > len(numbers):
        raise DataError(
            f"Most rows of {name} do not fit its header: {odd[0].id} {odd[0].reason}. "
            "Check the delimiter and the quotes."
        )
    columns = {key: [records[number][place] for number in numbers] for place, key in enumerate(header)}
    return RawTable(columns, tuple(numbers), tuple(odd))


def _odd(fields: int, wanted: int) -> str:
    """Return what is wrong with a row."""
    return f"has {fields} field{'s' * (fields != 1)} where the header has {wanted}"


def _header(records: Sequence[Sequence[str]], name: str) -> list[str]:
    """Return the column names; a column without a name is called by its place."""
    if not records:
        raise DataError(f"{name} is empty. A table must have a header and at least one row a class.")
    header = [field.strip() or f"column {place}" for place, field in enumerate(records[0], start=1)]
    twice = [field for field, count in Counter(header).items() if count > 1]
    if twice:
        raise DataError(f"{name} has more than one column named '{twice[0]}'. Rename one of them.")
    return header


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts most of the first rows into as many fields as the header."""
    start = text[: 1 << 20]
    scores = {delimiter: _agreement(start, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0.0, 0) else ","


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of the first rows that have the header's fields, and how many fields it has."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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


def _first_line(error: Exception) -> str:
    """Return the first line of an exception's message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
