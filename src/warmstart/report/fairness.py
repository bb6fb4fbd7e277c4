"""For whom it fails: per audited attribute a sentence, a figure, and a table of its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.confusion import class_names
from warmstart.report.findings import kind_of, symbol_of
from warmstart.report.group_figure import group_figure

MOST_CLASSES = 4


@dataclass(frozen=True)
class GroupRow:
    """One group's numbers as text; `errors` are the error rates of a few classes, `control` may be missing."""

    name: str
    rows: str
    delivered: str
    control: str
    gap: str
    overconfidence: str
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Audited:
    """One attribute: what was found, drawn and in numbers."""

    attribute: str
    kind: str
    symbol: str
    sentence: str
    figure: Markup | None
    classes: tuple[str, ...]
    rows: tuple[GroupRow, ...]


def fairness(result: Mapping[str, Any]) -> tuple[Audited, ...]:
    """Return what was found of every audited attribute; empty where none was audited."""
    metric = wording.metric_name(str(result.get("metric", "accuracy")))
    classes = class_names(result)
    shown = classes if len(classes) <= MOST_CLASSES else ()
    return tuple(
        _audited(finding, metric, shown)
        for finding in result.get("findings") or ()
        if finding.get("code") == "bias" and (finding.get("numbers") or {}).get("groups")
    )


def _audited(finding: Mapping[str, Any], metric: str, classes: tuple[str, ...]) -> Audited:
    numbers, severity = finding["numbers"], str(finding.get("severity"))
    attribute = str(numbers.get("attribute"))
    return Audited(
        attribute=attribute,
        kind=kind_of(severity),
        symbol=symbol_of(severity),
        sentence=str(finding.get("sentence")),
        figure=group_figure(attribute, metric, numbers),
        classes=classes,
        rows=tuple(_row(group, classes) for group in numbers["groups"]),
    )


def _row(group: Mapping[str, Any], classes: tuple[str, ...]) -> GroupRow:
    gap, surplus, errors = group.get("gap"), group.get("overconfidence"), group.get("error_rates") or {}
    return GroupRow(
        name=str(group["group"]),
        rows=f"{group['rows']:,}",
        delivered=wording.percent_interval(group["delivered"]),
        control=wording.percent_interval(group["control"]) if "control" in group else "",
        gap=_signed(gap),
        overconfidence=_signed(surplus),
        errors=tuple(wording.percent_interval(errors[name]) if name in errors else "" for name in classes),
    )


def _signed(measured: Mapping[str, Any] | None) -> str:
    """Return a difference with its interval, where it has one: rows of too few groups give none."""
    if not measured:
        return ""
    value = wording.signed(measured["value"])
    if measured.get("low") is None or measured.get("high") is None:
        return value
    return f"{value} ({wording.signed(measured['low'])} to {wording.signed(measured['high'])})"
