"""Tables on disk: CSV, TSV, Parquet and JSON Lines."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from warmstart.core.dataset import Dataset, Skipped
from warmstart.errors import DataError, PathError, listed, nearest
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._choice import Columns
from warmstart.readers._columns import dataset_of
from warmstart.readers._delimited import BATCH, at_start, layout_of, odd_reason
from warmstart.readers._encoding import encoding_of

if TYPE_CHECKING:
    import polars

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
        """Return a CSV."""

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


@dataclass(frozen=True)
class Row:
    """One value of a column, the row (from 1) of the file that it is in, and the reason where it cannot be read."""

    number: int
    value: Any
    reason: str | None = None


def read_table(path: Path) -> RawTable:
    """Return what a table file holds; values of CSV and TSV files are strings.

    Raises
    ------
    DataError : the file is empty, or a row cannot be read; the row is named.
    PathError : it is not a file.
    """
    kind = _kind(path)
    if kind == "parquet":
        return _whole(_parquet(path))
    return _whole(_json_lines(path)) if kind == "lines" else _delimited(path)


def rows_of(path: Path, column: str) -> Iterator[Row]:
    """Yield one column of a table file, without ever holding the others, or more rows than a few thousand.

    The file is looked through first, so that what cannot be read is refused before any row is given. Of a
    Parquet file the column is held, packed.

    Raises
    ------
    DataError, PathError : as `read_table`, or there is no such column; the nearest is suggested.
    """
    kind = _kind(path)
    if kind == "parquet":
        return _parquet_rows(path, column)
    return _json_rows(path, column) if kind == "lines" else _delimited_rows(path, column)


def _kind(path: Path) -> str:
    """Return how a table file is to be read, by its name."""
    if not path.is_file():
        raise PathError(f"{path} is not a file. A table must be a file ({listed(SUFFIXES)}).")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty. A table must have a header and at least one row a class.")
    return SUFFIXES.get(path.suffix.casefold(), "text")


def _require_column(path: Path, columns: Iterable[str], wanted: str) -> None:
    """Refuse a column that is not there."""
    if wanted not in columns:
        raise DataError(
            f"'{path}' has no column '{wanted}'. It has: {listed(columns, 20)}.{nearest(wanted, columns)} "
            "Name the column with --input."
        )


def _whole(columns: Columns) -> RawTable:
    """Return a table of which every row could be read."""
    return RawTable(columns, tuple(range(1, len(next(iter(columns.values()), ())) + 1)))


def _parquet(path: Path) -> Columns:
    """Read a Parquet file, a column at a time."""
    with _readable_parquet(path):
        return {name: _parquet_column(path, name).to_list() for name in _parquet_names(path)}


def _parquet_rows(path: Path, column: str) -> Iterator[Row]:
    """Yield a column of a Parquet file; it is unpacked a batch at a time."""
    with _readable_parquet(path):
        _require_column(path, _parquet_names(path), column)
        values = _parquet_column(path, column)
    for start in range(0, len(values), BATCH):
        for number, value in enumerate(values[start : start + BATCH].to_list(), start=start + 1):
            yield Row(number, value)


def _parquet_names(path: Path) -> list[str]:
    import polars

    return list(polars.scan_parquet(path, glob=False).collect_schema())


def _parquet_column(path: Path, name: str) -> polars.Series:
    import polars

    return polars.read_parquet(path, columns=[name], glob=False)[name]


@contextlib.contextmanager
def _readable_parquet(path: Path) -> Iterator[None]:
    """Refuse in a sentence what cannot be read."""
    import polars

    try:
        yield
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} is not a Parquet file that can be read ({_first_line(error)}).") from None


def _json_lines(path: Path) -> Columns:
    """Read one JSON object a line; a key that a line does not have is missing there."""
    columns: dict[str, list[Any]] = {}
    for rows, record in enumerate(_json_records(path)):
        for key in record:
            columns.setdefault(key, [None] * rows)
        for key, values in columns.items():
            values.append(record.get(key))
    return columns


def _json_rows(path: Path, column: str) -> Iterator[Row]:
    """Yield a key of every line, None where a line does not have it."""
    keys: dict[str, None] = {}
    for record in _json_records(path):
        keys.update(dict.fromkeys(record))
    _require_column(path, keys, column)
    for number, record in enumerate(_json_records(path), start=1):
        yield Row(number, record.get(column))


def _json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the object of every line that is not blank."""
    with at_start(path.open(encoding=encoding_of(path))) as file:
        yield from _json_objects(file, path.name)


def _json_objects(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
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


def _delimited_rows(path: Path, column: str) -> Iterator[Row]:
    """Yield a field of every row, and the reason for a row with too few or too many."""
    records = layout_of(path).records()
    header = _header(next(records, None), path.name)
    _require_column(path, header, column)
    place = header.index(column)
    for number, record in enumerate(records, start=1):
        if len(record) == len(header):
            yield Row(number, record[place])
        else:
            yield Row(number, None, odd_reason(len(record), len(header)))


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
