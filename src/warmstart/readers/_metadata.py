"""What a metadata.csv, or metadata.jsonl, beside class folders says of their images, by file name."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.dataset import Skipped
from warmstart.core.note import Note
from warmstart.errors import DataError, listed
from warmstart.readers._cells import words
from warmstart.readers._choice import Columns
from warmstart.readers.table import RawTable, read_table

METADATA = ("metadata.csv", "metadata.jsonl")
FILE_COLUMNS = ("file_name", "filename", "file", "path", "image", "image_path")
NAMED = 3


@dataclass(frozen=True)
class Metadata:
    """What stands beside every image, and what of it could not be read or matched.

    Parameters
    ----------
    name : the file that it is from.
    columns : "path" and "file" of every image, and the file's own; "" for an image without a row there.
    """

    name: str
    columns: Columns
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Note, ...] = ()


def metadata_of(root: Path, images: Sequence[str]) -> Metadata:
    """Return what is known of the images of a folder beside their content.

    Parameters
    ----------
    images : their paths in the folder, with "/".

    Raises
    ------
    DataError : the file cannot be read, or has no column with file names.
    """
    own = {"path": list(images), "file": [_file(path) for path in images]}
    there = [name for name in METADATA if (root / name).is_file()]
    if not there:
        return Metadata(METADATA[0], own)
    name = there[0]
    try:
        table, key = _with_names(root / name)
    except DataError as reason:
        if name == METADATA[0]:
            raise
        # A .jsonl of that name may be another program's.
        return Metadata(name, own, (Skipped(name, f"is not read: {reason}"),))
    called = [word.replace("\\", "/").removeprefix("./") for word in words(table.columns[key])]
    rows = _rows_by_file(called, images)
    extra = {
        column: [values[row] if row is not None else "" for row in rows]
        for column, values in table.columns.items()
        if column != key
    }
    skipped = [Skipped(f"{name} {row.id}", row.reason) for row in table.skipped]
    skipped += [Skipped(other, f"is not read beside {name}") for other in there[1:]]
    return Metadata(name, {**own, **extra}, tuple(skipped), _notes(name, called, rows, images))


def _with_names(file: Path) -> tuple[RawTable, str]:
    """Return the table, and the column of it that names files.

    Raises
    ------
    DataError : the file cannot be read, or has no such column.
    """
    table = read_table(file)
    key = next((column for column in FILE_COLUMNS if column in table.columns), None)
    if key is None:
        got = ", ".join(table.columns)
        raise DataError(f"{file.name} must have a column with the file names, called file_name. Got: {got}.")
    return table, key


def _rows_by_file(called: Sequence[str], images: Sequence[str]) -> list[int | None]:
    """Return the row that belongs to every image: by its path, else by its file name if that is its own.

    A Mac takes an accented letter apart in file names, so that they are put together before they are compared.
    """
    by_path = {name: row for row, name in enumerate(called)}
    paths = [unicodedata.normalize("NFC", path) for path in images]
    own = Counter(_file(path) for path in paths)
    return [by_path.get(path, by_path.get(_file(path)) if own[_file(path)] == 1 else None) for path in paths]


def _notes(name: str, called: Sequence[str], rows: Sequence[int | None], images: Sequence[str]) -> tuple[Note, ...]:
    """Return what is to be known of rows without an image, images without a row, and images of several rows."""
    used = {called[row] for row in rows if row is not None}
    lost = [file for file in called if file not in used]
    bare = [image for image, row in zip(images, rows, strict=True) if row is None]
    twice = [file for file, count in Counter(called).items() if count > 1 and file in used]
    said = [f"{len(lost):,} of the {len(called):,} rows of {name} name no image ({_quoted(lost)})"] if lost else []
    if bare:
        said.append(f"{len(bare):,} of the {len(images):,} images have no row in {name} ({_quoted(bare)})")
    notes = []
    if said:
        remedy = "Name every image by its path in the folder, written as it is there: small and capital letters differ."
        numbers = {"rows": len(lost), "images": len(bare), "share": len(bare) / len(images)}
        notes.append(Note("unmatched_metadata", f"{'; '.join(said)}.", numbers, remedy))
    if twice:
        sentence = f"Of files that {name} names in more than one row the last row counts: {_quoted(twice)}."
        notes.append(Note("repeated_metadata", sentence, {"files": len(twice)}, "Keep one row an image."))
    return tuple(notes)


def _quoted(names: Sequence[str]) -> str:
    return listed((f"'{name}'" for name in names), most=NAMED)


def _file(path: str) -> str:
    return path.rsplit("/", 1)[-1]
