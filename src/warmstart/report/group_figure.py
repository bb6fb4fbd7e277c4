"""An attribute's groups as a plot: the delivered model and the best control in each, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.svg import Scale, picture, tag

WIDTH, ROW, TOP, BOTTOM = 760, 46, 12, 46
LEFT, RIGHT = 200, 24
MOST_ROWS, LONGEST = 24, 24
APART = 8


def group_figure(attribute: str, metric: str, numbers: Mapping[str, Any]) -> Markup | None:
    """Draw the groups in the order of their size; None where no group was measured."""
    groups = list(numbers.get("groups") or ())[:MOST_ROWS]
    if not groups:
        return None
    height = TOP + ROW * len(groups) + BOTTOM
    scale = _scale(groups)
    parts = _axes(scale, height, metric)
    overall = (numbers.get("overall") or {}).get("delivered")
    if overall is not None:
        x = scale.at(100 * overall)
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=height - BOTTOM, class_="overall"))
    for place, group in enumerate(groups):
        parts += _row(scale, group, TOP + ROW * (place + 0.5))
    return picture(WIDTH, height, f"By {attribute}", _spoken(groups, metric, overall), parts, class_="figure groups")


def _scale(groups: Sequence[Mapping[str, Any]]) -> Scale:
    ends = [
        100 * group[role][end]
        for group in groups
        for role in ("delivered", "control")
        if role in group
        for end in ("low", "value", "high")
        if group[role].get(end) is not None
    ]
    low, high = min(ends), max(ends)
    room = max(0.05 * (high - low), 1.0)
    return Scale(max(0.0, low - room), min(100.0, high + room), LEFT, WIDTH - RIGHT)


def _axes(scale: Scale, height: float, metric: str) -> list[Markup]:
    bottom = height - BOTTOM
    parts = []
    for value in scale.ticks(8):
        x = scale.at(value)
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="grid"))
        parts.append(tag("text", f"{value:g} %", x=x, y=bottom + 18, text_anchor="middle", class_="tick"))
    parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=bottom, y2=bottom, class_="axis"))
    parts.append(tag("text", f"test {metric}", x=WIDTH - RIGHT, y=height - 8, text_anchor="end", class_="tick"))
    return parts


def _row(scale: Scale, group: Mapping[str, Any], middle: float) -> list[Markup]:
    """Draw one group: its name and rows at the left, the model above, the control, where there is one, below."""
    name = str(group["group"])
    short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    rows = f"{group['rows']:,} rows" + ("" if group.get("judged") else ", too few")
    judged = bool(group.get("judged"))
    control = _mark(scale, group["control"], middle + APART, "control", judged=judged) if "control" in group else []
    return [
        tag("text", short, x=LEFT - 16, y=middle - 2, text_anchor="end", class_="name"),
        tag("text", rows, x=LEFT - 16, y=middle + 14, text_anchor="end", class_="tick"),
        *control,
        *_mark(scale, group["delivered"], middle - APART, "transfer", judged=judged),
    ]


def _mark(scale: Scale, measured: Mapping[str, Any], y: float, kind: str, *, judged: bool) -> list[Markup]:
    parts = []
    if measured.get("low") is not None and measured.get("high") is not None:
        low, high = (scale.at(100 * measured[end]) for end in ("low", "high"))
        parts.append(tag("line", x1=low, x2=high, y1=y, y2=y, class_=f"range {kind}"))
    x, shape = scale.at(100 * measured["value"]), f"mark {kind}{'' if judged else ' hollow'}"
    if kind == "control":
        parts.append(tag("rect", x=round(x - 4.5, 1), y=y - 4.5, width=9, height=9, class_=shape))
    else:
        parts.append(tag("circle", cx=x, cy=y, r=5.5, class_=shape))
    return parts


def _spoken(groups: Sequence[Mapping[str, Any]], metric: str, overall: float | None) -> str:
    """Return the plot in words."""
    told = "; ".join(
        f"{group['group']}, {group['rows']} rows: {wording.percent_interval(group['delivered'])}"
        + (f", best control {wording.percent_interval(group['control'])}" if "control" in group else "")
        for group in groups
    )
    whole = "" if overall is None else f" Over all rows {wording.percent(overall)}."
    return f"Test {metric} of the delivered model by group. {told}.{whole}"
