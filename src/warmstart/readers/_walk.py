"""List the images of a folder without ever leaving it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from warmstart.core.dataset import Skipped
from warmstart.readers._cells import IMAGE_SUFFIXES
from warmstart.runtime.unread_photos import unread_by_name

IGNORED = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
BESIDE = frozenset({"metadata.csv", "metadata.jsonl", "readme", "readme.md", "readme.txt", "license", "licence"})


@dataclass
class Walk:
    """The images under a folder, as paths with "/", sorted; and what was left out, with the reason."""

    images: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def walk(root: Path) -> Walk:
    """Return what lies under a folder.

    Parameters
    ----------
    root : an absolute path without links.
    """
    found = Walk()
    _visit(root, "", root, found)
    found.images.sort()
    return found


def _visit(folder: Path, prefix: str, root: Path, found: Walk) -> None:
    """Add what lies in one folder."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        found.skipped.append(Skipped(prefix.rstrip("/") or ".", f"cannot be opened ({error.strerror})"))
        return
    for entry in entries:
        path = prefix + entry.name
        if entry.name.startswith(".") or entry.name.casefold() in IGNORED:
            continue
        reason = _unusable(entry, root)
        if reason is not None:
            found.skipped.append(Skipped(_spelled(path), reason))
        elif entry.is_dir(follow_symlinks=False):
            _visit(Path(entry.path), path + "/", root, found)
        elif Path(entry.name).suffix.casefold() in IMAGE_SUFFIXES:
            found.images.append(path)
        elif prefix or entry.name.casefold() not in BESIDE:
            found.skipped.append(Skipped(path, unread_by_name(path) or "is not called like an image file"))


def _unusable(entry: os.DirEntry[str], root: Path) -> str | None:
    """Return why a file or folder cannot be used, or None."""
    if _spelled(entry.name) != entry.name:
        # Neither a report nor the record of a run could hold such a name.
        return "has a name that is not Unicode; rename it"
    return _wrong_link(entry, root) if entry.is_symlink() else None


def _spelled(path: str) -> str:
    """Return a path with those bytes of it spelled out that are not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _wrong_link(entry: os.DirEntry[str], root: Path) -> str | None:
    """Return why a link is not followed, or None for a link to a file inside the folder."""
    try:
        target = Path(entry.path).resolve(strict=True)
    except FileNotFoundError:
        return "is a link to nothing"
    except (OSError, RuntimeError):
        return "is a link that leads back to itself"
    if not target.is_relative_to(root):
        return "is a link out of the folder"
    if target.is_dir():
        return "is a link to a folder, and those are not followed"
    return None
