"""What the user named on the command line, as cells with names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warmstart.errors import DataError, OptionError, listed, nearest

TABLES = frozenset({".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson"})
TEXTS = frozenset({".txt", ".md"})
STDIN = "-"
MOST_TEXT_BYTES = 10_000_000


@dataclass
class Inputs:
    """Cells to predict, what a person calls each, and why some cannot be read, by number."""

    names: list[str] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    def add(self, name: str, cell: Any, reason: str | None = None) -> None:
        """Add one cell, or the reason why there is none."""
        if reason is not None:
            self.failed[len(self.cells)] = reason
        self.names.append(name)
        self.cells.append(cell)


def collect(named: Sequence[str], texts: Sequence[str], *, kind: str, column: str, chosen: str | None = None) -> Inputs:
    """Return every input that was named, in that order; `--text` comes last.

    Parameters
    ----------
    named : files, folders, tables, or "-" for the lines of stdin; stdin is read too if nothing is named.
    texts : what was given with `--text`.
    kind : what the bundle takes, "image" or "text".
    column : the input column it was fitted on; `chosen` is the user's own choice.

    Raises
    ------
    OptionError : there is no input, or `--text` for a bundle of images.
    DataError : a table cannot be read or lacks the column.
    """
    if texts and kind != "text":
        raise OptionError(
            f"`--text` is for bundles of texts. This one takes inputs of kind {kind}. Name files instead."
        )
    if not named and not texts:
        if sys.stdin.isatty():
            raise OptionError("`predict` needs something to predict. Name files, a folder or a table, or use --text.")
        named = [STDIN]
    found = Inputs()
    for name in named:
        _add_named(found, name, kind, column, chosen)
    for text in texts:
        found.add(text, text)
    if not found.cells:
        what = "images" if kind == "image" else "texts"
        raise DataError(f"There are no {what} in {listed(named)}. Name files, a folder that holds some, or a table.")
    return found


def _add_named(found: Inputs, name: str, kind: str, column: str, chosen: str | None) -> None:
    path = Path(name)
    if name == STDIN:
        for line in sys.stdin.read().splitlines():
            if line.strip():
                found.add(line, line)
    elif path.is_dir():
        from warmstart.readers._columns import IMAGE_SUFFIXES

        for file, reason in _files(path, IMAGE_SUFFIXES if kind == "image" else TEXTS):
            _add_file(found, file, kind, reason)
    elif path.suffix.lower() in TABLES and path.is_file():
        _add_table(found, path, kind, column, chosen)
    else:
        _add_file(found, path, kind, None)


def _add_file(found: Inputs, path: Path, kind: str, reason: str | None) -> None:
    """Add an image by its path, a text by its content."""
    if reason is None and not path.exists():
        reason = "does not exist; check the path" + (", or give a sentence with --text" if kind == "text" else "")
    if reason is None and kind == "text":
        text, reason = _text(path)
        found.add(str(path), text, reason)
    else:
        found.add(str(path), str(path), reason)


def _text(path: Path) -> tuple[str | None, str | None]:
    """Return a file's text, or the reason why there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_TEXT_BYTES + 1)
        if len(data) > MOST_TEXT_BYTES:
            return None, f"is larger than {MOST_TEXT_BYTES / 1e6:.0f} MB"
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, "is not UTF-8 text"
    except OSError as error:
        return None, f"cannot be read ({error.strerror})"


def _files(folder: Path, suffixes: frozenset[str]) -> Iterator[tuple[Path, str | None]]:
    """Walk a folder in order of name; a link that leads out of it is named and not followed."""
    inside = folder.resolve()
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in [*names, *links] if not name.startswith(".")):
            file = Path(root) / name
            if file.is_symlink() and not file.resolve().is_relative_to(inside):
                yield file, "is a link out of the folder"
            elif file.is_symlink() and not file.is_file():
                yield file, "is a link to a folder or to nothing"
            elif file.suffix.lower() in suffixes:
                yield file, None


def _add_table(found: Inputs, path: Path, kind: str, column: str, chosen: str | None) -> None:
    """Add a column of a table; paths of images are taken from the table's folder."""
    from warmstart.readers._columns import image_cell, is_missing
    from warmstart.readers.table import read_table

    table = read_table(path)
    cells = _column(path, table.columns, chosen or column)
    for row, value in zip(table.numbers, cells, strict=True):
        cell = image_cell(value, path.parent) if kind == "image" else value
        if cell is None or is_missing(cell):
            found.add(f"{path.name} row {row}", None, "is missing")
        elif kind == "image" and isinstance(cell, str):
            _add_file(found, Path(cell), kind, None)
        else:
            found.add(
                f"{path.name} row {row}" if kind == "image" else str(cell), cell if kind == "image" else str(cell)
            )
    for skipped in table.skipped:
        found.add(f"{path.name} {skipped.id}", None, skipped.reason)


def _column(path: Path, columns: Mapping[str, Sequence[Any]], name: str) -> Sequence[Any]:
    if name not in columns:
        raise DataError(
            f"'{path}' has no column '{name}'. It has: {listed(columns, 20)}.{nearest(name, columns)} "
            "Name the column with --input."
        )
    return columns[name]
