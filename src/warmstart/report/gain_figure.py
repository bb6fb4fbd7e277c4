"""The transfer gain with its interval, drawn against zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 440, 128
AXIS, MIDDLE = 92, 54


def gain_figure(gain: Mapping[str, Any] | None) -> Markup | None:
    """Return the picture, or None where no gain was measured."""
    if not gain or gain.get("value") is None:
        return None
    scale = _scale(gain)
    parts = [*_grid(scale), *_sides(scale), *_interval(scale, gain)]
    return picture(WIDTH, HEIGHT, "Transfer gain", wording.verdict(gain), parts, class_="figure gain")


def _scale(gain: Mapping[str, Any]) -> Scale:
    """Return a scale in points that holds zero and the interval, with room on both sides of zero."""
    low, high = 100 * min(gain["low"], 0.0), 100 * max(gain["high"], 0.0)
    reach = max(high - low, 1.0)
    return Scale(min(low, -0.2 * reach) - 0.06 * reach, max(high, 0.2 * reach) + 0.06 * reach, 14, WIDTH - 14)


def _grid(scale: Scale) -> list[Markup]:
    parts = [tag("line", x1=scale.start, x2=scale.stop, y1=AXIS, y2=AXIS, class_="axis")]
    for value in scale.ticks(7):
        x = scale.at(value)
        parts.append(tag("line", x1=x, x2=x, y1=AXIS, y2=AXIS + 4, class_="axis"))
        text = "0" if value == 0 else f"{value:+g}".replace("-", "−")
        parts.append(tag("text", text, x=x, y=AXIS + 18, text_anchor="middle", class_="tick"))
    parts.append(tag("text", "points", x=scale.stop, y=AXIS + 33, text_anchor="end", class_="tick"))
    return parts


def _sides(scale: Scale) -> list[Markup]:
    zero = scale.at(0)
    return [
        tag("line", x1=zero, x2=zero, y1=8, y2=AXIS, class_="zero"),
        tag("text", "harms ←", x=zero - 8, y=17, text_anchor="end", class_="side"),
        tag("text", "→ helps", x=zero + 8, y=17, class_="side"),
    ]


def _interval(scale: Scale, gain: Mapping[str, Any]) -> list[Markup]:
    low, value, high = (scale.at(100 * gain[key]) for key in ("low", "value", "high"))
    kind = str(gain.get("verdict", "")).replace(" ", "-")
    caps = [tag("line", x1=x, x2=x, y1=MIDDLE - 7, y2=MIDDLE + 7, class_=f"bar {kind}") for x in (low, high)]
    return [
        tag("line", x1=low, x2=high, y1=MIDDLE, y2=MIDDLE, class_=f"bar {kind}"),
        *caps,
        tag("circle", cx=value, cy=MIDDLE, r=7, class_=f"dot {kind}"),
        tag("text", wording.signed(gain["value"]), x=value, y=MIDDLE + 27, text_anchor="middle", class_="value"),
    ]
