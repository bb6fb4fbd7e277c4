"""How a finished pre-training is shown in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmstart.core import wording
from warmstart.errors import listed

FEW_CLASSES = (
    "Too few classes to hold any out: rows were, so that this says how well these classes are told by a few examples, "
    "not new ones."
)


def print_pretrained(result: Mapping[str, Any], *, run: Path) -> None:
    """Print what came of it, how the probe moved, how it ended, where everything is, and the next commands."""
    from rich.console import Console
    from rich.text import Text

    from warmstart.cli.tables import next_lines

    console = Console(highlight=False)

    def say(line: str = "", style: str = "") -> None:
        console.print(Text(line, style=style), soft_wrap=True)

    say()
    say(result["sentence"], "bold")
    for line in (
        *_judged(result),
        *_few_examples(result),
        _rows(result),
        result["stopped"]["sentence"],
        result["probe"]["sentence"],
    ):
        say(line)
    say(f"It took {wording.duration(result['seconds']['total'])} with {result['method']['name']}.")
    for line in ("", f"Report: {run / 'report.html'}", f"Source: {run}"):
        say(line)
    for line in next_lines(result):
        say(line)


def _judged(result: Mapping[str, Any]) -> list[str]:
    """Return what both sources are worth on the labelled rows, where there are any."""
    judged = result["judgement"]
    if judged is None:
        return []
    old, new = (wording.measure(judged["metric"], judged[name]) for name in ("old", "new"))
    return [
        f"{wording.heading(judged['metric'])} of a linear probe on {judged['rows']:,} labelled rows, "
        f"{judged['repeats']} times {judged['folds']}-fold: {old} with {result['source']}, {new} with "
        f"{result['name']}. A difference of {100 * judged['detectable']:.1f} points would have been found."
    ]


def _few_examples(result: Mapping[str, Any]) -> list[str]:
    """Return on which tasks the sources were compared, where it learned from labels; the sentence, if not said yet."""
    few = result["few_examples"]
    if few is None:
        return []
    said = [] if few["sentence"] in result["sentence"] else [few["sentence"]]
    return [
        *said,
        f"Both sources did the same {few['tasks']:,} tasks, on {few['rows']['reported_on']:,} rows of "
        f"{listed(few['classes']['reported_on'], 12)}.",
        *([] if few["held_out"] == "classes" else [FEW_CLASSES]),
    ]


def _rows(result: Mapping[str, Any]) -> str:
    """Return how many rows were used for what."""
    rows = result["rows"]
    trained = wording.count(rows["trained"], result["modality"])
    parts = [f"Trained on {trained} above {result['cut']}, {rows['held']:,} held out"]
    if rows["undrawn"]:
        parts.append(f"{rows['undrawn']:,} of classes or sets too small for a task left out")
    if rows["copies"]:
        parts.append(f"{wording.count(rows['copies'], 'exact copy', 'exact copies')} left out")
    if rows["judged"]:
        parts.append(f"{rows['judged']:,} left to the judging")
    if rows["skipped"]:
        parts.append(f"{rows['skipped']:,} could not be read; --json names them")
    return ", ".join(parts) + "."
