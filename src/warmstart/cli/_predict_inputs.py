"""What the user named on the command line, as cells with names."""

from __future__ import annotations

import io
import itertools
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.errors import DataError, OptionError, listed

TABLES = frozenset({".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson"})
TEXTS = frozenset({".txt", ".md"})
STDIN = "-"
MOST_TEXT_BYTES = 10_000_000


@dataclass(frozen=True)
class Item:
    """One cell to predict, what a person calls it, and the reason where there is none."""

    name: str
    cell: Any
    reason: str | None = None


@dataclass(frozen=True)
class Inputs:
    """What is to be predicted, listed as it is asked for.

    Parameters
    ----------
    items : the cells, in the order in which they were named.
    total : how many there are; 0 where that shows only at the end.
    """

    items: Iterator[Item]
    total: int


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
    OptionError : there is no input, `--text` for a bundle of images, or a column of no table.
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
    if chosen is not None and not any(_is_called_table(Path(name)) for name in named):
        raise OptionError("`--input` names a column of a table, and no table is named. Leave `--input`, or name one.")
    if STDIN in named and isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    parts = [_named(name, kind, column, chosen) for name in named]
    items = itertools.chain(*parts, (Item(text, text) for text in texts))
    first = next(items, None)
    if first is None:
        what = "images" if kind == "image" else "texts"
        raise DataError(f"There are no {what} in {listed(named)}. Name files, a folder that holds some, or a table.")
    counts = [_count(name, kind) for name in named]
    return Inputs(itertools.chain([first], items), sum(counts) + len(texts) if all(counts) else 0)


def refuse_replacing(out: Path, named: Sequence[str], *, kind: str) -> None:
    """Refuse to write the answers over what they are for.

    Raises
    ------
    OptionError : the file was named as an input, or is read as one in a folder that was.
    """
    # Path.resolve raises where a link leads to itself; that is said of the input when it is read.
    file, inputs = Path(os.path.realpath(out)), [Path(os.path.realpath(name)) for name in named if name != STDIN]
    inside = out.exists() and file.suffix.lower() in _suffixes(kind) and any(map(file.is_relative_to, inputs))
    if file in inputs or inside:
        raise OptionError(f"`--out` would replace '{out}', which is one of the inputs. Name another file.")


def _named(name: str, kind: str, column: str, chosen: str | None) -> Iterator[Item]:
    """Yield what a name stands for."""
    path = Path(name)
    if name == STDIN:
        yield from _lines()
    elif _is_folder(path):
        yield from (_of_file(file, kind, reason) for file, reason in _files(path, kind))
    elif _is_table(path):
        yield from _of_table(path, kind, column, chosen)
    else:
        yield _of_file(path, kind, None)


def _lines() -> Iterator[Item]:
    """Yield every line of stdin, so that answers stand beside the lines that they are for."""
    for line in sys.stdin:
        cell = line.rstrip("\r\n")
        yield Item(cell, cell, None if cell.strip() else "is empty")


def _count(name: str, kind: str) -> int:
    """Return how many cells a name stands for, 0 where only reading it would tell."""
    path = Path(name)
    if _is_folder(path):
        return sum(1 for _ in _files(path, kind))
    return 0 if name == STDIN or _is_table(path) else 1


def _is_called_table(path: Path) -> bool:
    return path.suffix.lower() in TABLES


def _is_table(path: Path) -> bool:
    return _is_called_table(path) and stat.S_ISREG(_mode(path))


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    """Return what a path is, as `stat` tells it; 0 where it leads nowhere, as a long sentence does."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _suffixes(kind: str) -> frozenset[str]:
    """Return how the files of a folder are called that hold what the bundle takes."""
    if kind != "image":
        return TEXTS
    from warmstart.readers._cells import IMAGE_SUFFIXES

    return IMAGE_SUFFIXES


def _of_file(path: Path, kind: str, reason: str | None) -> Item:
    """Return an image by its path, a text by its content."""
    reason = reason or _missing(path, kind)
    if reason is None and kind == "text":
        return Item(str(path), *_text(path))
    return Item(str(path), str(path), reason)


def _missing(path: Path, kind: str) -> str | None:
    """Return why a path leads nowhere, or None."""
    try:
        path.stat()
    except PermissionError as error:
        return f"cannot be read ({error.strerror})"
    except (OSError, ValueError):
        return "does not exist; check the path" + (", or give a sentence with --text" if kind == "text" else "")
    return None


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


def _files(folder: Path, kind: str) -> Iterator[tuple[Path, str | None]]:
    """Walk a folder in order of name; links that lead out of it, and photos that are not read, come with the reason.

    Folders that cannot be opened come last.
    """
    from warmstart.runtime.unread_photos import unread_by_name

    suffixes, inside = _suffixes(kind), folder.resolve()
    closed: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=closed.append):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in [*names, *links] if not name.startswith(".")):
            file = Path(root) / name
            if file.is_symlink() and not file.is_file():
                yield file, "is a link to a folder or to nothing"
            elif file.is_symlink() and not file.resolve().is_relative_to(inside):
                yield file, "is a link out of the folder"
            elif file.suffix.lower() in suffixes:
                yield file, None
            elif kind == "image" and (reason := unread_by_name(name)) is not None:
                yield file, reason
    yield from ((Path(error.filename), f"cannot be opened ({error.strerror})") for error in closed)


def _of_table(path: Path, kind: str, column: str, chosen: str | None) -> Iterator[Item]:
    """Yield a column of a table; paths of images are taken from the table's folder, of a link from where it leads."""
    from warmstart.readers._cells import image_cell, is_missing, word_of
    from warmstart.readers.table import rows_of

    folder = path.resolve().parent if path.is_symlink() else path.parent
    for row in rows_of(path, chosen or column):
        cell = image_cell(row.value, folder) if kind == "image" else row.value
        name = f"{path.name} row {row.number}"
        if row.reason is not None or cell is None or is_missing(cell):
            yield Item(name, None, row.reason or "is missing")
        elif kind == "image":
            yield _of_file(Path(cell), kind, None) if isinstance(cell, str) else Item(name, cell)
        else:
            text = cell if isinstance(cell, str) else word_of(cell)
            yield Item(text, text)
