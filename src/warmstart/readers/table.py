"""Tables on disk: CSV, TSV, Parquet and JSON Lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Dataset, Skipped
from warmstart.errors import DataError, PathError, listed
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._columns import Columns, dataset_of
from warmstart.readers._delimited import at_start, layout_of, odd_reason
from warmstart.readers._encoding import encoding_of

SUFFIXES = {
    ".csv": "text",
    ".tsv": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "lines",
    ".ndjson": "lines",
}


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
    return _whole(_json_lines(path)) if kind == "lines" else _delimited(path)


def _whole(columns: Columns) -> RawTable:
    """Return a table of which every row could be read."""
    return RawTable(columns, tuple(range(1, len(next(iter(columns.values()), ())) + 1)))


def _parquet(path: Path) -> Columns:
    """Read a Parquet file, a column at a time."""
    import polars

    try:
        names = polars.read_parquet_schema(path)
        return {name: polars.read_parquet(path, columns=[name])[name].to_list() for name in names}
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} is not a Parquet file that can be read ({_first_line(error)}).") from None


def _json_lines(path: Path) -> Columns:
    """Read one JSON object a line; a key that a line does not have is missing there."""
    columns: dict[str, list[Any]] = {}
    with at_start(path.open(encoding=encoding_of(path))) as file:
        for rows, record in enumerate(_json_records(file, path.name)):
            for key in record:
                columns.setdefault(key, [None] * rows)
            for key, values in columns.items():
                values.append(record.get(key))
    return columns


def _json_records(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    """Yield the object of every line that is not blank."""
    for number, line in enumerate(lines, start=1):
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
        yield record


def _delimited(path: Path) -> RawTable:
    """Read delimited text row by row; a row with too few or too many fields is left out and named."""
    records = layout_of(path).records()
    header = _header(next(records, None), path.name)
    columns: list[list[str]] = [[] for _ in header]
    numbers: list[int] = []
    odd: list[Skipped] = []
    for number, record in enumerate(records, start=1):
        if len(record) != len(header):
            odd.append(Skipped(f"row {number}", odd_reason(len(record), len(header))))
            continue
        numbers.append(number)
        for values, value in zip(columns, record, strict=True):
            values.append(value)
    return RawTable(dict(zip(header, columns, strict=True)), tuple(numbers), tuple(odd))


def _header(record: Sequence[str] | None, name: str) -> list[str]:
    """Return the column names; a column without a name is called by its place."""
    if record is None:
        raise DataError(f"{name} is empty. A table must have a header and at least one row a class.")
    header = [field.strip() or f"column {place}" for place, field in enumerate(record, start=1)]
    twice = [field for field, count in Counter(header).items() if count > 1]
    if twice:
        raise DataError(f"{name} has more than one column named '{twice[0]}'. Rename one of them.")
    return header


def _first_line(error: Exception) -> str:
    """Return the first line of an exception's message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
