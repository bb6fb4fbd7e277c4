"""How a finished adaptation is shown in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.core import wording

if TYPE_CHECKING:
    from rich.table import Table


def print_adapted(result: Mapping[str, Any], *, run: Path) -> None:
    """Print what is delivered and its likely worth, what was tried, where everything is, and the next commands."""
    from rich.console import Console

    from warmstart.cli.tables import grave, next_lines

    console = Console(highlight=False)
    found = result["adaptation"]
    console.print()
    _say(console, wording.adapted(result), style="bold")
    _say(console, found["estimate"]["sentence"])
    console.print()
    console.print(methods_table(result))
    said = [found["distance"]["sentence"], *found["basis"], *_not_applicable(result), *_skipped(result)]
    for line in (*said, _took(result), *grave(result)):
        _say(console, line)
    console.print()
    for what, place in (("Answers", "target.csv"), ("Report", "report.html"), ("Bundle", "bundle")):
        _say(console, f"{what}: {run / place}")
    for line in next_lines(result):
        _say(console, line)


def methods_table(result: Mapping[str, Any]) -> Table:
    """Return every method by how its class shares and answers differ from not adapting, and its accuracy if known."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    metric = str(result["metric"])
    measured = any("test" in one for one in result["adaptation"]["methods"])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = ["Class shares differ", "Answers changed"]
    numbers += [f"{wording.heading(metric)} (95 % interval)"] if measured else []
    for heading in ("Method", "", *numbers):
        table.add_column(heading, justify="right" if heading in numbers else "left", no_wrap=heading == "Method")
    for one in result["adaptation"]["methods"]:
        if one["status"] == "finished":
            cells = [wording.percent(one["distance"]), wording.percent(one["changed"])]
            cells += [wording.measure(metric, one["test"][metric])] if measured else []
            table.add_row(Text(one["name"]), "delivered" if one["delivered"] else "", *cells)
    return table


def _not_applicable(result: Mapping[str, Any]) -> list[str]:
    """Return why each method that does not apply does not."""
    return [
        f"{one['name']} was not tried: {one['reason']}"
        for one in result["adaptation"]["methods"]
        if one["status"] != "finished"
    ]


def _skipped(result: Mapping[str, Any]) -> list[str]:
    """Return how many rows could not be read, where some could not."""
    skipped = result["task"]["rows"]["skipped"]
    return [f"{wording.count(skipped, 'row')} of both could not be read; --json names them."] if skipped else []


def _took(result: Mapping[str, Any]) -> str:
    return f"It took {wording.duration(result['seconds']['total'])}."


def _say(console: Any, line: str, *, style: str = "") -> None:
    """Print one line as it is: no markup, and no breaks of our own, so that paths can be copied."""
    from rich.text import Text

    console.print(Text(line, style=style), soft_wrap=True)
