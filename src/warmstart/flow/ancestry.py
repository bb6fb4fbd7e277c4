"""What a delivered model comes from: the source, its ancestors, and itself, with the rows that it saw; under what."""

from __future__ import annotations

from collections.abc import Iterable

from warmstart.core.card import Ancestor, Card
from warmstart.core.evidence import Licence
from warmstart.store.hashing import content_address


def descendant(name: str, licence: str, rows: Iterable[str]) -> Ancestor:
    """Return a run's model as a step of a lineage; `rows` are the content hashes of what it saw."""
    seen = tuple(rows)
    return Ancestor(name, f"result:{name}", content_address({"rows": sorted(seen)}), licence, seen)


def lineage_of(card: Card, name: str, rows: Iterable[str]) -> tuple[Ancestor, ...]:
    """Return the models that one made from a source comes from, oldest first, itself the last."""
    return (*card.lineage, card.as_ancestor(), descendant(name, card.licence, rows))


def licences_of(card: Card | None, data: str | None) -> tuple[Licence, ...]:
    """Return the licences of a source that is borrowed from and of its ancestors, and of the data where it is known."""
    steps: list[Card | Ancestor] = [] if card is None else [card, *card.lineage]
    found = [Licence(f"the source {step.name}", step.licence) for step in steps if step.licence]
    return (*found, *([Licence("the data", data)] if data else []))
