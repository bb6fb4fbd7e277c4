"""A file of records that survives being killed in the middle of a line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmstart.errors import StoreError
from warmstart.store.atomic import sync_folder
from warmstart.store.strict_json import dumps, loads


class Journal:
    """Records in a JSON Lines file, each on disk before `append` returns.

    Parameters
    ----------
    path : the file; made, with the folders above it, by the first `append`.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record behind the last whole one; a torn line of a killed process is cut off."""
        line = dumps(dict(record)).encode("utf-8") + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists()
        with self.path.open("ab+") as file:
            _cut_torn_line(file)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.path.parent)

    def records(self) -> list[dict[str, Any]]:
        """Return the whole records, oldest first; a torn last line is left out.

        Raises
        ------
        StoreError : a whole line is not a JSON object.
        """
        if not self.path.exists():
            return []
        whole, _, _torn = self.path.read_bytes().rpartition(b"\n")
        lines = whole.split(b"\n") if whole else []
        return [self._record(number, line) for number, line in enumerate(lines, start=1)]

    def _record(self, number: int, line: bytes) -> dict[str, Any]:
        name = f"Line {number} of '{self.path}'"
        record = loads(line, name=name)
        if not isinstance(record, dict):
            raise StoreError(f"{name} must be a JSON object. Got {type(record).__name__}. Remove the line.")
        return record


def _cut_torn_line(file: Any) -> None:
    """Cut the file behind its last newline."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return
    file.seek(end - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)
