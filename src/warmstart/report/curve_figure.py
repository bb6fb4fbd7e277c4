"""Learning curves: the metric against labels, with bands, followed to four times the labels there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.axes import ground_line, percent_lines
from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 152, 18, 44
LONGEST_NAME = 22
MOST_SPAN = 40.0
KINDS = ("delivered", "control")
APART = 15.0

Curve = Mapping[str, Any]


def curve_figure(result: Mapping[str, Any]) -> Markup | None:
    """Return the picture of the learning curves of a result, the delivered model's first; None where there is none."""
    curves = [curve for curve in result.get("learning_curves") or () if curve.get("line")][: len(KINDS)]
    if not curves:
        return None
    x, y = _scales(curves)
    parts = [*_axes(x, y, str(result.get("metric", "accuracy"))), *_now(x, curves)]
    for kind, curve in reversed(list(zip(KINDS, curves, strict=False))):
        parts += [*_band(x, y, curve, kind), *_lines(x, y, curve, kind), *_points(x, y, curve, kind)]
    parts += _names(y, curves)
    return picture(WIDTH, HEIGHT, "Learning curves", spoken(curves), parts, class_="figure curve")


def spoken(curves: Sequence[Curve]) -> str:
    """Return what the picture shows, in words."""
    return " ".join(
        f"{curve['name']}: {wording.percent(curve['value'])} with {curve['labels']:,} labels; "
        f"{wording.percent_interval(curve['line'][-1])} forecast with {curve['line'][-1]['labels']:,}."
        for curve in curves
    )


def _scales(curves: Sequence[Curve]) -> tuple[Scale, Scale]:
    """Return logarithmic labels and percent; a curve that begins very low is cut off at the bottom."""
    labels = [math.log(entry["labels"]) for curve in curves for entry in (*curve["points"], *curve["line"])]
    values = [100 * entry["value"] for curve in curves for entry in (*curve["points"], *curve["line"])]
    high = max(*values, *(100 * curve["line"][-1]["high"] for curve in curves))
    low = max(min(values), high - MOST_SPAN)
    room = 0.06 * (high - low or 1.0)
    y = Scale(max(low - room, 0.0), min(high + room, 100.0), HEIGHT - BOTTOM, TOP)
    return Scale(min(labels), max(labels), LEFT + 8, WIDTH - RIGHT), y


def _axes(x: Scale, y: Scale, metric: str) -> list[Markup]:
    parts = percent_lines(y, LEFT, WIDTH - RIGHT)
    for labels in _round_numbers(math.exp(x.low), math.exp(x.high)):
        at = x.at(math.log(labels))
        parts.append(tag("line", x1=at, x2=at, y1=HEIGHT - BOTTOM, y2=HEIGHT - BOTTOM + 4, class_="axis"))
        parts.append(tag("text", f"{labels:,}", x=at, y=HEIGHT - BOTTOM + 18, text_anchor="middle", class_="tick"))
    parts += ground_line(HEIGHT - BOTTOM, LEFT, WIDTH - RIGHT, "labels")
    parts.append(tag("text", f"{wording.metric_name(metric)} on the test rows", x=LEFT, y=HEIGHT - 6, class_="tick"))
    return parts


def _round_numbers(low: float, high: float) -> list[int]:
    """Return 1, 2 and 5 times powers of ten within a range.

    >>> _round_numbers(90, 1000)
    [100, 200, 500, 1000]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [factor * 10**power for power in powers for factor in (1, 2, 5) if power >= 0]
    return [number for number in numbers if low <= number * 1.0001 and number <= high * 1.0001]


def _now(x: Scale, curves: Sequence[Curve]) -> list[Markup]:
    """Mark the labels that there are."""
    at = x.at(math.log(curves[0]["labels"]))
    return [
        tag("line", x1=at, x2=at, y1=TOP, y2=HEIGHT - BOTTOM, class_="now"),
        tag("text", "labels now", x=at - 6, y=TOP + 4, text_anchor="end", class_="tick"),
        tag("text", "forecast", x=at + 6, y=TOP + 4, class_="tick"),
    ]


def _place(x: Scale, y: Scale, labels: float, value: float) -> str:
    return f"{x.at(math.log(labels))} {y.at(min(max(100 * value, y.low), y.high))}"


def _band(x: Scale, y: Scale, curve: Curve, kind: str) -> list[Markup]:
    there = [_place(x, y, entry["labels"], entry["high"]) for entry in curve["line"]]
    back = [_place(x, y, entry["labels"], entry["low"]) for entry in reversed(curve["line"])]
    return [tag("path", d="M" + "L".join([*there, *back]) + "Z", class_=f"band {kind}")]


def _lines(x: Scale, y: Scale, curve: Curve, kind: str) -> list[Markup]:
    """Draw the fitted curve whole where the model itself was measured, and broken where it was not."""
    shown = [entry for entry in curve["line"] if 100 * entry["value"] >= y.low]
    known = [entry for entry in shown if entry["labels"] <= curve["labels"]]
    beyond = [*known[-1:], *(entry for entry in shown if entry["labels"] > curve["labels"])]
    parts = []
    for entries, style in ((known, "line beyond" if curve["stand_in"] else "line"), (beyond, "line beyond")):
        if len(entries) > 1:
            path = "M" + "L".join(_place(x, y, entry["labels"], entry["value"]) for entry in entries)
            parts.append(tag("path", d=path, class_=f"{style} {kind}"))
    return parts


def _points(x: Scale, y: Scale, curve: Curve, kind: str) -> list[Markup]:
    """Draw what was measured: hollow where another model stood in; controls as squares."""
    style = f"mark {kind}{' hollow' if curve['stand_in'] else ''}"
    parts = [_mark(x, y, entry, style) for entry in curve["points"] if 100 * entry["value"] >= y.low]
    return [*parts, _mark(x, y, curve, f"mark {kind}")] if curve["stand_in"] else parts


def _mark(x: Scale, y: Scale, entry: Mapping[str, Any], style: str) -> Markup:
    at, middle = x.at(math.log(entry["labels"])), y.at(100 * entry["value"])
    if "control" in style:
        return tag("rect", x=at - 3.5, y=middle - 3.5, width=7, height=7, class_=style)
    return tag("circle", cx=at, cy=middle, r=4, class_=style)


def _names(y: Scale, curves: Sequence[Curve]) -> list[Markup]:
    """Name each curve at its end with its forecast, the names kept apart."""
    places = [y.at(100 * curve["line"][-1]["value"]) for curve in curves]
    if len(places) == 2 and abs(places[0] - places[1]) < 2 * APART:
        middle, side = sum(places) / 2, 1 if places[0] > places[1] else -1
        places = [middle + side * APART, middle - side * APART]
    parts = []
    for kind, curve, at in zip(KINDS, curves, places, strict=False):
        forecast = wording.percent(curve["line"][-1]["value"])
        parts.append(tag("text", _short(str(curve["name"])), x=WIDTH - RIGHT + 8, y=at, class_=f"name {kind}"))
        parts.append(tag("text", forecast, x=WIDTH - RIGHT + 8, y=at + 13, class_="tick"))
    return parts


def _short(name: str) -> str:
    """Return a name that fits beside the figure."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
