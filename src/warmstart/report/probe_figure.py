"""What held-out inputs said of the network after every round of pre-training, against the untouched source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from warmstart.report.axes import ground_line, numbers_below
from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 18, 50
ROOM = 0.08


def probe_figure(result: Mapping[str, Any]) -> Markup:
    """Return the picture: a point a round, a line at the untouched source, and a ring round the best."""
    rounds, untouched = result["rounds"], result["probe"]["untouched"]["value"]
    points = [(0, untouched), *((int(row["round"]), float(row["probe"])) for row in rounds)]
    values = [value for _, value in points]
    room = ROOM * (max(values) - min(values)) + 1e-3
    x = Scale(0, len(rounds), LEFT + 16, WIDTH - RIGHT - 16)
    y = Scale(min(values) - room, max(values) + room, HEIGHT - BOTTOM, TOP)
    line = " ".join(f"{x.at(place)},{y.at(value)}" for place, value in points)
    dots = [tag("circle", cx=x.at(place), cy=y.at(value), r=4, class_="mark") for place, value in points]
    best = points[int(result["stopped"]["best_round"])]
    parts = [
        *_across(y),
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y.at(untouched), y2=y.at(untouched), class_="without"),
        tag("polyline", points=line, class_="way"),
        *dots,
        tag("circle", cx=x.at(best[0]), cy=y.at(best[1]), r=9, class_="ring"),
        *numbers_below(x, HEIGHT - BOTTOM, most=10),
        *ground_line(HEIGHT - BOTTOM, LEFT, WIDTH - RIGHT, "rounds of training"),
    ]
    spoken = f"Untouched {untouched:.3f}; best {best[1]:.3f} in round {best[0]} of {len(rounds)}."
    return picture(WIDTH, HEIGHT, f"{result['probe']['what']}, by round", spoken, parts, class_="figure stability")


def _across(y: Scale) -> list[Markup]:
    """Return a line across, with its number, at every round value."""
    parts = []
    for value in y.ticks(5):
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y.at(value), y2=y.at(value), class_="grid"))
        parts.append(tag("text", f"{value:g}", x=LEFT - 8, y=y.at(value) + 4, text_anchor="end", class_="tick"))
    return parts
