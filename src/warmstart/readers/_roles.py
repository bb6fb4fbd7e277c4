"""The names under which people keep the parts of a split."""

from __future__ import annotations

from warmstart.core.split import Role

ROLE_NAMES: dict[str, Role] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


def role_of(name: str) -> Role | None:
    """Return the role that a folder or part of that name has, or None.

    >>> role_of("Valid"), role_of("cats")
    ('validation', None)
    """
    return ROLE_NAMES.get(name.casefold())
