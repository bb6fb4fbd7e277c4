"""The frontier between the task and the source: what is gained and what is kept along the weights between both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.axes import ground_line, numbers_below, percent_lines
from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 40, 18, 44
ENDS = {0.0: "source", 1.0: "chosen"}


def frontier_figure(result: Mapping[str, Any]) -> Markup | None:
    """Return the picture, or None where the base is unchanged or nothing was measured."""
    forgetting = result.get("forgetting") or {}
    points = forgetting.get("frontier") or ()
    if len(points) < 2:
        return None
    x, y = _scale(points, "retention", LEFT + 8, WIDTH - RIGHT), _scale(points, "metric", HEIGHT - BOTTOM, TOP)
    kept = "same answers of the source's own head" if forgetting.get("head_labels") else "same nearest neighbours"
    parts = _axes(x, y, str(result.get("metric", "accuracy")), kept)
    way = "M" + "L".join(f"{x.at(_percent(one, 'retention'))} {y.at(_percent(one, 'metric'))}" for one in points)
    parts.append(tag("path", d=way, class_="way"))
    for place, point in enumerate(points):
        parts += _mark(x, y, point, above=place % 2 == 0)
    return picture(
        WIDTH, HEIGHT, "Frontier of the task and the source", _spoken(points), parts, class_="figure frontier"
    )


def _percent(point: Mapping[str, Any], name: str, end: str = "value") -> float:
    return 100 * float(point[name][end])


def _scale(points: Sequence[Mapping[str, Any]], name: str, start: float, stop: float) -> Scale:
    low = min(_percent(one, name, "low") for one in points)
    high = max(_percent(one, name, "high") for one in points)
    room = 0.05 * (high - low or 1.0)
    return Scale(max(low - room, 0.0), min(high + room, 101.0), start, stop)


def _axes(x: Scale, y: Scale, metric: str, kept: str) -> list[Markup]:
    return [
        *percent_lines(y, LEFT, WIDTH - RIGHT),
        *numbers_below(x, HEIGHT - BOTTOM, most=8, unit=" %"),
        *ground_line(HEIGHT - BOTTOM, LEFT, WIDTH - RIGHT, kept),
        tag("text", f"validation {wording.metric_name(metric)}", x=LEFT, y=HEIGHT - 6, class_="tick"),
    ]


def _mark(x: Scale, y: Scale, point: Mapping[str, Any], *, above: bool) -> list[Markup]:
    """Draw a point with both of its intervals and its share of the way."""
    at, middle = x.at(_percent(point, "retention")), y.at(_percent(point, "metric"))
    left, right = (x.at(_percent(point, "retention", end)) for end in ("low", "high"))
    top, foot = (y.at(_percent(point, "metric", end)) for end in ("high", "low"))
    side = "end" if at > (LEFT + WIDTH - RIGHT) / 2 else "start"
    return [
        tag("line", x1=left, x2=right, y1=middle, y2=middle, class_="error"),
        tag("line", x1=at, x2=at, y1=top, y2=foot, class_="error"),
        tag("circle", cx=at, cy=middle, r=5, class_="mark" if point["share"] == 1.0 else "mark hollow"),
        tag(
            "text",
            _name(point),
            x=at + (8 if side == "start" else -8),
            y=middle + (-8 if above else 17),
            text_anchor=side,
            class_="name",
        ),
    ]


def _spoken(points: Sequence[Mapping[str, Any]]) -> str:
    """Return what the picture shows, in words."""
    return " ".join(
        f"{_name(one)}: metric {wording.percent_interval(one['metric'])}, "
        f"kept {wording.percent_interval(one['retention'])}."
        for one in points
    )


def _name(point: Mapping[str, Any]) -> str:
    return ENDS.get(point["share"], f"{100 * point['share']:.0f} %")
