"""What figures share round their marks: lines at round percents, numbers along the ground, and what it counts."""

from __future__ import annotations

from markupsafe import Markup

from warmstart.report.svg import Scale, tag


def percent_lines(y: Scale, left: float, right: float) -> list[Markup]:
    """Return a line across, with its number at the left, at every round percent.

    Parameters
    ----------
    y : the upright scale, in percent.
    left, right : where the lines begin and end, in pixels.
    """
    parts = []
    for value in y.ticks(6):
        at = y.at(value)
        parts.append(tag("line", x1=left, x2=right, y1=at, y2=at, class_="grid"))
        parts.append(tag("text", f"{value:g} %", x=left - 8, y=at + 4, text_anchor="end", class_="tick"))
    return parts


def numbers_below(x: Scale, ground: float, *, most: int, unit: str = "") -> list[Markup]:
    """Return the round numbers of a scale that runs to the right.

    Parameters
    ----------
    ground : the height of the line that they stand below, in pixels.
    most : about how many numbers there may be.
    unit : what follows each number.
    """
    return [
        tag("text", f"{value:g}{unit}", x=x.at(value), y=ground + 18, text_anchor="middle", class_="tick")
        for value in x.ticks(most)
    ]


def ground_line(ground: float, left: float, right: float, counted: str) -> list[Markup]:
    """Return the line that a figure stands on, with what it counts at its right end.

    Parameters
    ----------
    ground, left, right : the height of the line, and where it begins and ends, in pixels.
    """
    return [
        tag("line", x1=left, x2=right, y1=ground, y2=ground, class_="axis"),
        tag("text", counted, x=right, y=ground + 38, text_anchor="end", class_="tick"),
    ]
