"""How a finished run is shown in the terminal: the verdict, the numbers in a table, what to mind, what is next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.core import wording
from warmstart.errors import listed

if TYPE_CHECKING:
    from rich.table import Table

MARKS = {"harm": "✕", "warning": "!"}
SHARES = ("recall", "precision", "f1")
MOST_ANSWERS = 5
TESTED = {
    "cross-fitted": "each tested by a procedure that never saw it",
    "held-out": "opened once, after every choice",
    "new data": "new to the delivered bundle",
    "updated": "old ones as the bundle stores them, new ones held back",
}


def print_result(result: Mapping[str, Any], *, run: Path) -> None:
    """Print the verdict of a run, its numbers, its grave findings, the report's place and the next commands."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print()
    _say(console, wording.verdict(result.get("transfer_gain")), style="bold")
    console.print()
    console.print(metrics_table(result))
    for line in remarks(result):
        _say(console, line)
    console.print()
    _say(console, f"Report: {run / 'report.html'}")
    _say(console, f"Bundle: {run / 'bundle'}")
    for line in next_lines(result):
        _say(console, line)


def next_lines(result: Mapping[str, Any]) -> list[str]:
    """Return the commands that a result says make sense now, below a heading; nothing where it says none."""
    commands = result.get("next") or ()
    return ["", "Next:", *(f"  {command}" for command in commands)] if commands else []


def metrics_table(result: Mapping[str, Any]) -> Table:
    """Return the headline metric of what is delivered, of the best candidate and of every control."""
    from rich import box
    from rich.table import Table

    metric = str(result.get("metric", "accuracy"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Model", "", f"{wording.heading(metric)} (95 % interval)"):
        table.add_column(heading, justify="right" if heading.endswith(")") else "left")
    for name, role, measured in _models(result, metric):
        table.add_row(_plain(name), _plain(role), wording.measure(metric, measured))
    return table


def class_table(result: Mapping[str, Any]) -> Table:
    """Return recall, precision and F1 of every class, and as what its rows were answered."""
    from rich import box
    from rich.table import Table

    classes = [str(name) for name in result["task"]["classes"]]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Class", "Rows", "Recall", "Precision", "F1"):
        table.add_column(heading, justify="left" if heading == "Class" else "right")
    table.add_column("Answered as", overflow="fold")
    for entry, counts in zip(result["per_class"], result["confusion"], strict=True):
        shares = (wording.percent(entry[name]) if entry[name] is not None else "–" for name in SHARES)
        answered = sorted(zip(counts, classes, strict=True), key=lambda pair: -pair[0])
        said = ", ".join(f"{name} {count:,}" for count, name in answered[:MOST_ANSWERS] if count)
        table.add_row(_plain(str(entry["class"])), f"{entry['rows']:,}", *shares, _plain(said))
    return table


def remarks(result: Mapping[str, Any]) -> list[str]:
    """Return how it was tested, what it saves and took, and every finding that is a harm or a warning."""
    lines = [_tested(result)]
    metric = str(result.get("metric", "accuracy"))
    unmeasured = [str(one.get("name")) for one in result.get("controls") or () if metric not in one]
    if unmeasured:
        lines.append(f"Not measured: {listed(unmeasured)}; the report says why.")
    if (result.get("labels_saved") or {}).get("value") is not None:
        lines.append(wording.labels_saved(result["labels_saved"], gain=result.get("transfer_gain")))
    seconds = (result.get("seconds") or {}).get("total")
    if seconds is not None:
        lines.append(f"It took {wording.duration(seconds)}.")
    return [*lines, *grave(result)]


def _tested(result: Mapping[str, Any]) -> str:
    """Say on which rows it was measured."""
    rows = ((result.get("task") or {}).get("rows") or {}).get("test")
    if rows == 0:
        return "No row could be tested."
    on = f"Measured on {wording.count(rows, 'test row')}" if rows else "Measured on the test rows"
    if known := wording.known_rows(result):
        return f"{on}; {known}."
    if wording.has_no_old_rows(result):
        return f"{on}, new ones that were held back; no old row could be tested again."
    return f"{on}, {TESTED.get(str(result.get('evaluation')), TESTED['held-out'])}."


def grave(result: Mapping[str, Any]) -> list[str]:
    """Return every finding that is a harm or a warning, with what to do."""
    found = [f for severity in MARKS for f in result.get("findings") or () if f.get("severity") == severity]
    return [
        f"{MARKS[f['severity']]} {f['severity']}: {f.get('sentence')} {f.get('remedy') or ''}".rstrip() for f in found
    ]


def _models(result: Mapping[str, Any], metric: str) -> list[tuple[str, str, Mapping[str, Any] | None]]:
    chosen, gain = result.get("chosen") or {}, result.get("transfer_gain") or {}
    name = str(chosen.get("name") or " at ".join(str(chosen[key]) for key in ("strategy", "cut") if chosen.get(key)))
    models = [(name, "delivered", (result.get("test") or {}).get(metric))]
    if chosen.get("is_control"):
        models.append((str(gain.get("candidate")), "best candidate", (result.get("candidate_test") or {}).get(metric)))
    for control in result.get("controls") or ():
        delivered = chosen.get("is_control") and control.get("name") == chosen.get("strategy")
        if metric in control and not delivered:
            role = "best control" if control.get("name") == gain.get("control") else "control"
            models.append((str(control.get("name")), role, control.get(metric)))
    return models


def _plain(text: str) -> Any:
    """Return text in which brackets are not markup."""
    from rich.text import Text

    return Text(text)


def _say(console: Any, line: str, *, style: str = "") -> None:
    """Print one line as it is: no markup, and no breaks of our own, so that paths can be copied."""
    from rich.text import Text

    console.print(Text(line, style=style), soft_wrap=True)
