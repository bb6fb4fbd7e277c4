"""Names made from content: sha256 of bytes, of files, and of plain descriptions."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Mapping
from pathlib import Path

from warmstart.store.strict_json import JSON, dumps


def sha256_bytes(data: bytes | mmap.mmap) -> str:
    """Return the sha256 of bytes, in hexadecimal.

    >>> sha256_bytes(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file's content, in hexadecimal; the file is read a piece at a time."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_address(parts: Mapping[str, JSON]) -> str:
    """Return the sha256 of plain values in canonical JSON; the order of keys does not matter.

    >>> content_address({"a": 1, "b": 2}) == content_address({"b": 2, "a": 1})
    True
    """
    return sha256_bytes(dumps(dict(parts), sort_keys=True).encode("utf-8"))
