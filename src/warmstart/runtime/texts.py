"""What makes a cell a text that can be read."""

from __future__ import annotations

from typing import Any


def why_unreadable(cell: Any) -> str:
    """Return what is wrong with a cell that should be a text, as "is empty"; "" where nothing is.

    >>> why_unreadable("fine"), why_unreadable(" "), why_unreadable(None), why_unreadable(7)
    ('', 'is empty', 'is missing', 'is a int, not a text')
    """
    if cell is None:
        return "is missing"
    if not isinstance(cell, str):
        return f"is a {type(cell).__name__}, not a text"
    if not cell.strip():
        return "is empty"
    try:
        cell.encode()
    except UnicodeEncodeError:
        # Bytes that are no UTF-8, read from standard input, or an emoji of which a half was cut off.
        return "holds what is no character (bytes that are not UTF-8, or half an emoji)"
    return ""
