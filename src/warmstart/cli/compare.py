"""`warmstart compare`: runs against each other, on the rows that they share; without torch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.cli._options import AsJson, Metric

if TYPE_CHECKING:
    from rich.table import Table

    from warmstart.flow.compared import Compared


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN…", help="Run folders, bundles, or what `evaluate --out` wrote.")
    ],
    *,
    metric: Annotated[Metric, typer.Option(help="What judges; auto: what judged the runs.")] = Metric.AUTO,
    as_json: AsJson = False,
) -> None:
    """Compare runs with the first, paired on the rows that all were tested on.

    Rows are the same where their content is, whatever they are called. To compare models that were
    tested on other rows, measure each on the same new data first.

    Examples:

        warmstart compare runs/photos runs/second

        warmstart evaluate runs/photos/bundle new/ --out a

        warmstart evaluate runs/other/bundle new/ --out b

        warmstart compare a b
    """
    from warmstart.flow.compared import compare_runs
    from warmstart.store import strict_json

    found = compare_runs(runs, metric=metric.value)
    if as_json:
        sys.stdout.write(strict_json.dumps(strict_json.plain(found.to_json())) + "\n")
    else:
        _print(found)


def _print(found: Compared) -> None:
    """Print a verdict a comparison, the metrics side by side, and who is right where."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print()
    for name, pair in zip(found.names[1:], found.pairs, strict=True):
        console.print(Text(pair.sentence(found.names[0], name), style="bold"), soft_wrap=True)
    console.print()
    console.print(_models(found))
    console.print(_right(found))
    for line in _remarks(found):
        console.print(Text(line), soft_wrap=True)


def _models(found: Compared) -> Table:
    """Return every metric on the shared rows, a run a column, the metric that judges first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from warmstart.core import wording

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for run in found.names:
        table.add_column(Text(run), justify="right", overflow="fold")
    for name in [found.metric, *(name for name in found.scores[0] if name != found.metric)]:
        table.add_row(wording.heading(name), *(wording.measure(name, measured[name]) for measured in found.scores))
    return table


def _right(found: Compared) -> Table:
    """Return how many rows each of a pair has right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rows right in")
    for name in found.names[1:]:
        table.add_column(Text(f"{found.names[0]} and {name}"), justify="right", overflow="fold")
    rows = {
        "both": [f"{pair.both:,}" for pair in found.pairs],
        "only the first": [f"{pair.first:,}" for pair in found.pairs],
        "only the second": [f"{pair.second:,}" for pair in found.pairs],
        "neither": [f"{pair.neither:,}" for pair in found.pairs],
        "chance of such a split": [_chance(pair.chance) for pair in found.pairs],
    }
    for said, counts in rows.items():
        table.add_row(said, *counts)
    return table


def _chance(chance: float | None) -> str:
    return "rows belong together" if chance is None else "< 0.001" if chance < 0.001 else f"{chance:.3f}"


def _remarks(found: Compared) -> list[str]:
    """Return on how many rows it was measured, and what that can tell."""
    tested = ", ".join(f"{name} on {rows:,}" for name, rows in zip(found.names, found.tested, strict=True))
    smallest = max((pair.detectable for pair in found.pairs if not pair.reason), default=0)
    lines = [f"Measured on the {found.shared:,} rows that all were tested on ({tested})."]
    if smallest > 0:
        lines.append(f"With these rows, a true difference of {100 * smallest:.1f} points is found four times in five.")
    if found.relabelled:
        lines.append(f"{found.relabelled:,} shared rows have different labels in the runs, and are left out.")
    if len(found.pairs) > 1:
        lines.append("Each interval is of 95 % by itself: the more runs, the likelier one differs by chance.")
    lines.append("Whoever picks the better one by these rows needs new rows to say how good it is.")
    return lines
