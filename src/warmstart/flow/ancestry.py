"""What a delivered model comes from: the source, its ancestors, and itself, with the rows that it saw."""

from __future__ import annotations

from collections.abc import Iterable

from warmstart.core.card import Ancestor, Card
from warmstart.store.hashing import content_address


def descendant(name: str, licence: str, rows: Iterable[str]) -> Ancestor:
    """Return a run's model as a step of a lineage; `rows` are the content hashes of what it saw."""
    seen = tuple(rows)
    return Ancestor(name, f"result:{name}", content_address({"rows": sorted(seen)}), licence, seen)


def lineage_of(card: Card, name: str, rows: Iterable[str]) -> tuple[Ancestor, ...]:
    """Return the models that one made from a source comes from, oldest first, itself the last."""
    return (*card.lineage, card.as_ancestor(), descendant(name, card.licence, rows))
