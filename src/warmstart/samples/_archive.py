"""One file out of a .tar.gz, read in memory: nothing is unpacked to disk, nothing inside is run."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from warmstart.errors import DataError

MOST_BYTES = 64 * 2**20
MOST_MEMBERS = 2000
AGAIN = "Delete it from the cache and run again."


def member(archive: bytes, name: str) -> bytes:
    """Return the bytes of the plain file `name` in a gzipped tar archive.

    Raises
    ------
    DataError : not such an archive, over 64 MiB unpacked, over 2,000 members, a member that is a
        link or a device or whose path climbs out, or no file of that name.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(_unzipped(archive)), mode="r:") as tar:
            for count, entry in enumerate(tar):
                _refuse_unless_tame(entry, count)
                if entry.isfile() and entry.name == name:
                    return _content(tar, entry)
    except tarfile.TarError as problem:
        raise DataError(
            f"The archive that should hold {name} must be a .tar.gz. It is damaged: {problem}. {AGAIN}"
        ) from None
    raise DataError(f"The archive must hold {name}, and it does not. {AGAIN}")


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a .tar.gz of the given files."""
    page = io.BytesIO()
    with tarfile.open(fileobj=page, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return page.getvalue()


def _unzipped(archive: bytes) -> bytes:
    """Unzip at most MOST_BYTES, so that a small file cannot fill the memory."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(f"The archive must be a .tar.gz. It cannot be unzipped: {problem}. {AGAIN}") from None
    if len(content) > MOST_BYTES:
        raise DataError(f"The archive may hold at most {MOST_BYTES // 2**20} MiB when unzipped. It holds more. {AGAIN}")
    return content


def _refuse_unless_tame(entry: tarfile.TarInfo, count: int) -> None:
    path = PurePosixPath(entry.name)
    if count >= MOST_MEMBERS:
        raise DataError(f"The archive may have at most {MOST_MEMBERS:,} members. It has more. {AGAIN}")
    if path.is_absolute() or ".." in path.parts or "\\" in entry.name:
        raise DataError(f"Paths in the archive must stay inside it. Got {entry.name!r}. {AGAIN}")
    if not (entry.isfile() or entry.isdir()):
        raise DataError(f"The archive may hold files and folders only. {entry.name!r} is a link or a device. {AGAIN}")


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(entry)
    content = stream.read(MOST_BYTES) if stream is not None else b""
    if len(content) != entry.size:
        raise DataError(f"{entry.name} in the archive must have {entry.size:,} bytes. It has {len(content):,}. {AGAIN}")
    return content
