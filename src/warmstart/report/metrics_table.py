"""The headline metrics of what is delivered, of the best transferred candidate, and of every control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.svg import Scale, picture, tag
from warmstart.report.verdict import model_name

ORDER = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece")
WIDTH, HEIGHT = 190, 22


@dataclass(frozen=True)
class Cell:
    """A number and its interval, both as text; empty where it was not measured."""

    number: str
    ends: str


@dataclass(frozen=True)
class Row:
    """One model: what it is here for, its name, its numbers in the table's order, and its interval drawn."""

    role: str
    name: str
    cells: tuple[Cell, ...]
    strip: Markup | None


@dataclass(frozen=True)
class MetricsTable:
    """Column headings, the first of which is the metric that is drawn, and a row a model."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def metrics_table(result: Mapping[str, Any]) -> MetricsTable | None:
    """Return the table, or None where nothing was measured on test rows."""
    models = _models(result)
    if not any(measured for _, _, measured in models):
        return None
    headline = str(result.get("metric", "accuracy"))
    metrics = [headline] + [name for name in ORDER if name != headline and any(m.get(name) for _, _, m in models)]
    scale = _scale([measured.get(headline) for _, _, measured in models])
    return MetricsTable(
        headings=tuple(wording.heading(name) for name in metrics),
        rows=tuple(
            Row(role, name, tuple(_cell(m, measured.get(m)) for m in metrics), _strip(scale, measured.get(headline)))
            for role, name, measured in models
        ),
    )


def _models(result: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return (role, name, measures) of every model that answered the test rows."""
    chosen, gain = result.get("chosen") or {}, result.get("transfer_gain") or {}
    test = result.get("test") or {}
    models = [("delivered", model_name(chosen), test)]
    candidate = result.get("candidate_test") or {}
    same = chosen.get("name") == gain.get("candidate") if chosen.get("name") else candidate == test
    if candidate and (chosen.get("is_control") or not same):
        models.append(("best candidate", str(gain.get("candidate") or "candidate"), candidate))
    for control in result.get("controls") or ():
        name = str(control.get("name"))
        measured = {key: value for key, value in control.items() if key != "name"}
        if name == gain.get("control"):
            measured = {**measured, **(result.get("control_test") or {})}
        if not (chosen.get("is_control") and name == chosen.get("strategy")):
            role = "best control" if name == gain.get("control") else "control"
            why = "" if measured.get(result.get("metric")) else str(control.get("reason") or "")
            if not why.startswith("Not applicable"):
                models.append((f"{role}: {why}" if why else role, name, measured))
    return models


def _cell(metric: str, measured: Mapping[str, Any] | None) -> Cell:
    said = wording.measure(metric, measured)
    if said == wording.UNKNOWN:
        return Cell("", "")
    number, _, ends = said.partition(" (")
    return Cell(number, ends.rstrip(")"))


def _scale(measures: list[Mapping[str, Any] | None]) -> Scale:
    known = [m for m in measures if m and m.get("value") is not None]
    lows = [_end(m, "low") for m in known] or [0.0]
    highs = [_end(m, "high") for m in known] or [1.0]
    return Scale(min(lows), max(highs), 6, WIDTH - 6)


def _end(measured: Mapping[str, Any], which: str) -> float:
    """Return one end of an interval, or the value itself where there is no interval."""
    end = measured.get(which)
    return float(measured["value"] if end is None else end)


def _strip(scale: Scale, measured: Mapping[str, Any] | None) -> Markup | None:
    if not measured or measured.get("value") is None:
        return None
    low, high = (scale.at(_end(measured, end)) for end in ("low", "high"))
    middle = HEIGHT / 2
    parts = [
        tag("line", x1=scale.start, x2=scale.stop, y1=middle, y2=middle, class_="faint"),
        tag("line", x1=low, x2=high, y1=middle, y2=middle, class_="range"),
        tag("circle", cx=scale.at(measured["value"]), cy=middle, r=4.5, class_="point"),
    ]
    return picture(WIDTH, HEIGHT, wording.percent_interval(measured), "", parts, class_="strip")
