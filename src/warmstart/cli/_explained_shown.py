"""Explained answers for people: words and patches in warm and blue, and beside the colour the weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from warmstart.cli._predict_answers import printable
from warmstart.core import wording

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from warmstart.cli._predict_explained import Explained

STYLES = {"for": "bold dark_orange3", "against": "underline dodger_blue1", "": ""}
MOST_WORDS = 8
BAR = 12
SEEN = 25.0
"""A part of less than a quarter of the strongest one's weight is left as it is."""


def print_explained(explained: Sequence[Explained], *, console: Console | None = None) -> None:
    """Print each input with its answer, what carries it, and what speaks against it."""
    from rich.console import Console

    console = console or Console(highlight=False)
    about = "Weight: by how much hiding a part lowers the log-odds of the answer; below zero, it speaks against."
    console.print(about, soft_wrap=True)
    for one in explained:
        console.print()
        console.print(_answer(one), soft_wrap=True)
        for part in _parts(one):
            console.print(part)
        if one.heat_map is not None:
            console.print(f"  Heat map: {one.heat_map}", soft_wrap=True, markup=False)


def _answer(one: Explained) -> Text:
    """Return the input and what was answered, or why nothing was."""
    from rich.text import Text

    record, name = one.record, printable(str(one.record["input"]))
    if record["predicted"] is None:
        return Text(f"{name}: not answered, it {record['reason']}")
    unlike = " (unlike the training data)" if record["unlike_training"] else ""
    return Text.assemble(
        f"{name}: ", (printable(record["predicted"]), "bold"), f" {wording.percent(record['probability'])}{unlike}"
    )


def _parts(one: Explained) -> list[RenderableType]:
    """Return what the answer rests on, drawn; or why there is nothing to draw."""
    from rich.text import Text

    from warmstart.report.occlusion import FAINTEST

    if one.found is None:
        return [] if one.record["probability"] is None else [Text("  It has no parts that could be hidden in turn.")]
    if max(map(abs, one.found.weights)) < FAINTEST:
        return [Text("  Hiding any one part hardly changes the answer: it rests on no single one.")]
    said = one.to_json()["explained"]
    return [_patches(said["grid"])] if one.found.spans is None else [_marked(one), _words(said["words"])]


def _marked(one: Explained) -> Text:
    """Return the text with what carries the answer and what speaks against it in colour."""
    from rich.text import Text

    from warmstart.report.occlusion import marked

    pieces = marked(str(one.item.cell), one.found.to_json() if one.found else {})
    shown = Text("  ")
    for piece in pieces:
        shown.append(printable(piece.text, most=None), STYLES[piece.kind if piece.shade >= SEEN else ""])
    return shown


def _words(words: Sequence[dict[str, Any]]) -> RenderableType:
    """Return the weightiest words with their weights, the strongest first."""
    from rich.table import Table
    from rich.text import Text

    ordered = sorted(words, key=lambda word: -abs(word["weight"]))[:MOST_WORDS]
    strongest = abs(ordered[0]["weight"])
    table = Table.grid(padding=(0, 2))
    for word in ordered:
        weight, style = word["weight"], STYLES["for" if word["weight"] > 0 else "against"]
        bar = Text("█" * round(BAR * abs(weight) / strongest), style.split()[-1])
        table.add_row("", Text(f"{weight:+.2f}", justify="right"), Text(printable(word["text"], most=40), style), bar)
    return table


def _patches(grid: Sequence[Sequence[float]]) -> RenderableType:
    """Return the weights of an image's patches where they lie in it."""
    from rich.table import Table
    from rich.text import Text

    strongest = max(abs(weight) for row in grid for weight in row)
    table = Table.grid(padding=(0, 2))
    for row in grid:
        cells = []
        for weight in row:
            kind = "for" if weight > 0 else "against"
            cells.append(Text(f"{weight:+.2f}", STYLES[kind if 100 * abs(weight) >= SEEN * strongest else ""]))
        table.add_row("", *cells)
    return table
