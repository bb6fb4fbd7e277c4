"""The race as a plot: validation against seconds, controls as squares, the chosen one ringed, stopped ones hollow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from warmstart.report.axes import ground_line, numbers_below, percent_lines
from warmstart.report.race import Entrant, Race
from warmstart.report.svg import Scale, picture, tag

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 20, 16, 44
MOST_LABELS = 10
CHARACTER = 6.4


def race_figure(race: Race | None) -> Markup | None:
    """Draw every trial that got as far as a validation value and whose end is known; None where there is none."""
    shown = [e for e in (race.entrants if race else ()) if math.isfinite(e.value) and math.isfinite(e.at)]
    if race is None or not shown:
        return None
    x = Scale(0, max(e.at for e in shown) * 1.04, LEFT, WIDTH - RIGHT)
    low, high = _range(shown)
    y = Scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = [*_axes(x, y, race.metric), *_leader(x, y, shown)]
    for entrant in sorted(shown, key=lambda e: e.chosen):
        parts += _mark(x, y, entrant)
    parts += _labels(x, y, shown)
    return picture(WIDTH, HEIGHT, "The race", _spoken(shown, race.metric), parts, class_="figure race")


def _range(shown: Sequence[Entrant]) -> tuple[float, float]:
    """Return the part of the validation axis to show: what is far below the rest would flatten it."""
    values = np.array([100 * e.value for e in shown])
    ends = 100 * np.array([e.se for e in shown])
    best = float(values.max())
    floor = best - max(2.5 * (best - float(np.quantile(values, 0.4))), 4.0)
    low = float((values - ends)[values >= floor].min())
    high = float((values + ends).max())
    return low - 0.06 * (high - low), high + 0.08 * (high - low)


def _axes(x: Scale, y: Scale, metric: str) -> list[Markup]:
    return [
        *percent_lines(y, LEFT, WIDTH - RIGHT),
        *numbers_below(x, HEIGHT - BOTTOM, most=8),
        *ground_line(HEIGHT - BOTTOM, LEFT, WIDTH - RIGHT, "seconds since the start"),
        tag("text", f"validation {metric}", x=LEFT, y=HEIGHT - 6, class_="tick"),
    ]


def _leader(x: Scale, y: Scale, shown: Sequence[Entrant]) -> list[Markup]:
    """Draw the best value so far as a line of steps."""
    best, path = -np.inf, ""
    for entrant in sorted(shown, key=lambda e: e.at):
        value = 100 * entrant.value
        if value > best and value >= y.low:
            here = x.at(entrant.at)
            path += f"M{here} {y.at(value)}" if not path else f"H{here}V{y.at(value)}"
            best = value
    return [tag("path", d=f"{path}H{x.stop}", class_="leader")] if path else []


def _mark(x: Scale, y: Scale, entrant: Entrant) -> list[Markup]:
    kind = f"mark {'control' if entrant.control else 'transfer'} {'' if entrant.status == 'finished' else 'hollow'}"
    at, value = x.at(entrant.at), 100 * entrant.value
    if value < y.low:
        bottom = HEIGHT - BOTTOM
        return [tag("path", d=f"M{at - 5} {bottom - 12}h10l-5 9z", class_=kind)]
    middle = y.at(value)
    top, foot = (y.at(min(max(value + side * 100 * entrant.se, y.low), y.high)) for side in (1, -1))
    parts = [tag("line", x1=at, x2=at, y1=top, y2=foot, class_="error")]
    if entrant.chosen:
        parts.append(tag("circle", cx=at, cy=middle, r=10, class_="ring"))
    if entrant.control:
        parts.append(tag("rect", x=at - 4.5, y=middle - 4.5, width=9, height=9, class_=kind))
    else:
        parts.append(tag("circle", cx=at, cy=middle, r=5, class_=kind))
    return parts


def _labels(x: Scale, y: Scale, shown: Sequence[Entrant]) -> list[Markup]:
    """Name the chosen and the best trials, where there is room beside their marks."""
    taken = [(x.at(e.at) - 7, _height(y, e) - 7, x.at(e.at) + 7, _height(y, e) + 7) for e in shown]
    parts: list[Markup] = []
    for entrant in sorted(shown, key=lambda e: (not e.chosen, -e.value)):
        text = _label(entrant, below=100 * entrant.value < y.low)
        at, middle, width = x.at(entrant.at), _height(y, entrant), CHARACTER * len(text)
        for anchor, left, base in _places(at, middle, width, ring=entrant.chosen):
            box = (left, base - 12, left + width, base + 4)
            if left > LEFT and left + width < WIDTH and base > 10 and not any(_meet(box, other) for other in taken):
                taken.append(box)
                where = {"start": left, "middle": left + width / 2, "end": left + width}[anchor]
                kind = "name chosen" if entrant.chosen else "name"
                parts.append(tag("text", text, x=round(where, 1), y=base, text_anchor=anchor, class_=kind))
                break
        if len(parts) == MOST_LABELS:
            break
    return parts


def _label(entrant: Entrant, *, below: bool) -> str:
    name = entrant.name[:30]
    return f"{name} {100 * entrant.value:.1f} %" if below or entrant.chosen else name


def _height(y: Scale, entrant: Entrant) -> float:
    value = 100 * entrant.value
    return HEIGHT - BOTTOM - 8.0 if value < y.low else y.at(value)


def _places(at: float, middle: float, width: float, *, ring: bool) -> list[tuple[str, float, float]]:
    """Return (anchor, left edge, base line) of the places a label may take, the best first."""
    gap = 15 if ring else 10
    return [
        ("start", at + gap, middle + 4),
        ("end", at - gap - width, middle + 4),
        ("middle", at - width / 2, middle - gap - 2),
        ("middle", at - width / 2, middle + gap + 11),
        ("start", at + gap - 4, middle - 12),
        ("start", at + gap - 4, middle + 20),
        ("end", at - gap + 4 - width, middle - 12),
        ("end", at - gap + 4 - width, middle + 20),
    ]


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _spoken(shown: Sequence[Entrant], metric: str) -> str:
    """Return the plot in words."""
    leader = max(shown, key=lambda e: e.value)
    chosen = next((f" Chosen: {e.name}, {e.validation}." for e in shown if e.chosen), "")
    return (
        f"Validation {metric} of {len(shown)} trials against seconds. The highest is {leader.name}, "
        f"{leader.validation}, after {leader.at:.0f} s.{chosen} The table below has every number."
    )
