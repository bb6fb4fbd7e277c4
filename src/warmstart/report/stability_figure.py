"""How stable every way to cluster is, against how many clusters it finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 18, 44


def stability_figure(result: Mapping[str, Any]) -> Markup | None:
    """Return the picture; None where the number of clusters was given, so that there is nothing to compare."""
    tried = [one for one in result.get("candidates") or () if one["stability"] is not None]
    if len(tried) < 2:
        return None
    counts = [one["clusters"] for one in tried]
    x, y = Scale(min(counts), max(counts), LEFT + 16, WIDTH - RIGHT - 16), Scale(0, 1, HEIGHT - BOTTOM, TOP)
    means = sorted((one for one in tried if one["method"].startswith("k-means")), key=lambda one: one["clusters"])
    path = " ".join(f"{x.at(one['clusters'])},{y.at(max(one['stability']['value'], 0))}" for one in means)
    below = " ".join(f"{x.at(one['clusters'])},{y.at(max(one['reference'], 0))}" for one in means)
    lines = [tag("polyline", points=below, class_="without"), tag("polyline", points=path, class_="way")]
    parts = [*_axes(x, y, counts), *lines]
    for one in tried:
        parts += _mark(x, y, one, chosen=one["method"] == result["chosen"]["method"])
    return picture(
        WIDTH, HEIGHT, "Stability of every number of clusters", _spoken(tried), parts, class_="figure stability"
    )


def _axes(x: Scale, y: Scale, counts: list[int]) -> list[Markup]:
    parts = []
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y.at(value), y2=y.at(value), class_="grid"))
        parts.append(tag("text", f"{value:g}", x=LEFT - 8, y=y.at(value) + 4, text_anchor="end", class_="tick"))
    for count in sorted(set(counts)):
        parts.append(
            tag("text", str(count), x=x.at(count), y=HEIGHT - BOTTOM + 18, text_anchor="middle", class_="tick")
        )
    parts.append(tag("text", "clusters", x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end", class_="tick"))
    parts.append(tag("text", "agreement of two samples of the rows", x=LEFT, y=HEIGHT - 6, class_="tick"))
    return parts


def _mark(x: Scale, y: Scale, one: Mapping[str, Any], *, chosen: bool) -> list[Markup]:
    at, stability = (
        x.at(one["clusters"]),
        {end: y.at(max(one["stability"][end], 0)) for end in ("value", "low", "high")},
    )
    bar = tag("line", x1=at, x2=at, y1=stability["low"], y2=stability["high"], class_="error")
    if one["method"].startswith("k-means"):
        dot = tag("circle", cx=at, cy=stability["value"], r=4.5, class_="mark")
    else:
        dot = tag("rect", x=at - 4.5, y=stability["value"] - 4.5, width=9, height=9, class_="mark hollow")
    ring = [tag("circle", cx=at, cy=stability["value"], r=9, class_="ring")] if chosen else []
    return [bar, dot, *ring]


def _spoken(tried: list[Any]) -> str:
    return " ".join(f"{one['method']}: {one['stability']['value']:.2f}." for one in tried)
