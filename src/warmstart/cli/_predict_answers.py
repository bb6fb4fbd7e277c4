"""Answers for people and for programs: a table in the terminal, JSON Lines, one JSON object."""

from __future__ import annotations

import io
from typing import Any

from warmstart.runtime.answers import Answers, unlike_in_words
from warmstart.store import strict_json

MOST_COLUMNS = 6


def as_json_lines(answers: Answers) -> str:
    """Return one JSON object a line."""
    return "".join(strict_json.dumps(record) + "\n" for record in answers.records())


def as_json(answers: Answers, bundle: str) -> str:
    """Return one JSON object with everything."""
    value = {"bundle": bundle, "classes": list(answers.classes), "predictions": list(answers.records())}
    return strict_json.dumps(value, indent=1) + "\n"


def as_table(answers: Answers, *, width: int | None = None) -> str:
    """Return a table for people; with many classes, only the decided one is shown.

    Parameters
    ----------
    width : columns of the terminal; found out where None.
    """
    from rich.console import Console
    from rich.table import Table

    shown = list(answers.classes) if len(answers.classes) <= MOST_COLUMNS else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("input", overflow="fold")
    table.add_column("predicted")
    for name in ["probability", *map(printable, shown)]:
        table.add_column(_literal(name), justify="right")
    table.add_column("unlike training")
    reasons = bool(answers.failed or answers.abstain_below)
    if reasons:
        table.add_column("reason", overflow="fold")
    for record in answers.records():
        numbers = [record["probability"], *(record["probabilities"].get(name) for name in shown)]
        cells = [
            printable(record["input"]),
            printable(record["predicted"] or "–"),
            *map(_share, numbers),
            unlike_in_words(record),
        ]
        table.add_row(*(_literal(cell) for cell in [*cells, *([record["reason"] or ""] if reasons else [])]))
    text = io.StringIO()
    Console(file=text, width=width or Console().width, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _literal(text: str) -> Any:
    """Keep rich from reading markup in what the user wrote."""
    from rich.text import Text

    return Text(text)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def printable(name: str, *, most: int | None = 200) -> str:
    """Return a name, or its first letters, on one line, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in name)[:most]
