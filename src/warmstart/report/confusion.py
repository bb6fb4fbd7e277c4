"""Which class is taken for which: the confusion table, its worst mix-ups, and precision and recall by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmstart.core import wording

MOST_MIXUPS = 5


@dataclass(frozen=True)
class Count:
    """One cell: rows of a class that were answered with a class, and their share (0 to 1) of the class."""

    count: int
    share: float
    right: bool

    @property
    def shade(self) -> float:
        """How much colour the cell gets, in percent: enough for a small share to be seen, never too much to read on."""
        return round(42 * self.share if self.right else 55 * self.share**0.5, 1)


@dataclass(frozen=True)
class Mixup:
    """A mistake in the words of its sentence: "1 of 8", a class, "was" taken for another, and the share."""

    count: str
    truth: str
    verb: str
    said: str
    share: str


@dataclass(frozen=True)
class Confusion:
    """Class names, a row of counts a true class, its total, and the commonest mistakes."""

    classes: tuple[str, ...]
    rows: tuple[tuple[Count, ...], ...]
    totals: tuple[int, ...]
    mixups: tuple[Mixup, ...]


@dataclass(frozen=True)
class ClassRow:
    """Precision, recall and F1 of one class as text, with recall (0 to 1) for its bar."""

    name: str
    rows: int
    precision: str
    recall: str
    f1: str
    share: float


def class_names(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the classes in the order of their codes; empty where none were recorded."""
    return tuple(str(name) for name in (result.get("task") or {}).get("classes") or ())


def confusion(result: Mapping[str, Any]) -> Confusion | None:
    """Return the confusion table, or None where none fits the classes."""
    classes = class_names(result)
    table = result.get("confusion") or ()
    if not classes or len(table) != len(classes) or any(len(row) != len(classes) for row in table):
        return None
    totals = tuple(int(sum(row)) for row in table)
    rows = tuple(
        tuple(Count(int(n), n / max(1, total), truth == said) for said, n in enumerate(row))
        for truth, (row, total) in enumerate(zip(table, totals, strict=True))
    )
    return Confusion(classes, rows, totals, tuple(_mixups(classes, table, totals)))


def _mixups(classes: Sequence[str], table: Sequence[Sequence[int]], totals: Sequence[int]) -> list[Mixup]:
    found = [
        (count, truth, said)
        for truth, row in enumerate(table)
        for said, count in enumerate(row)
        if truth != said and count > 0
    ]
    return [
        Mixup(
            count=f"{count:,} of {totals[truth]:,}",
            truth=classes[truth],
            verb="was" if count == 1 else "were",
            said=classes[said],
            share=wording.percent(count / totals[truth]),
        )
        for count, truth, said in sorted(found, reverse=True)[:MOST_MIXUPS]
    ]


def class_table(result: Mapping[str, Any]) -> tuple[ClassRow, ...]:
    """Return a row a class; empty where none was recorded."""
    return tuple(
        ClassRow(
            name=str(entry.get("class")),
            rows=int(entry.get("rows") or 0),
            precision=wording.percent(entry.get("precision")),
            recall=wording.percent(entry.get("recall")),
            f1=wording.percent(entry.get("f1")),
            share=float(entry.get("recall") or 0.0),
        )
        for entry in result.get("per_class") or ()
    )
