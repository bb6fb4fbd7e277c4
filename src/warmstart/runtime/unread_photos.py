"""Photos that cameras and phones write and that are not read here, so that they are named as what they are."""

from __future__ import annotations

from pathlib import PurePath

RAW = ("3fr", "arw", "cr2", "cr3", "dng", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "srw", "x3f")
UNREAD_PHOTOS = {
    ".heic": "HEIC",
    ".heif": "HEIF",
    ".hif": "HEIF",
    **{f".{name}": f"{name.upper()} raw" for name in RAW},
}
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")


def unread_by_name(path: str) -> str | None:
    """Return what is said of a file that is called like a photo that is not read, None for any other.

    >>> unread_by_name("IMG_0001.HEIC")
    'is a HEIC photo, which is not read; convert it to JPEG'
    """
    kind = UNREAD_PHOTOS.get(PurePath(path).suffix.casefold())
    return None if kind is None else _said(kind)


def unread_by_content(start: bytes) -> str | None:
    """Return the same of a file by its first 12 bytes: ISO base media of a HEIC brand, whatever it is called."""
    return _said("HEIC") if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS else None


def _said(kind: str) -> str:
    return f"is a {kind} photo, which is not read; convert it to JPEG"
