"""How sure it is: the reliability of its probabilities, and what abstaining trades, drawn side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from warmstart.core import wording
from warmstart.report.axes import ground_line, numbers_below, percent_lines
from warmstart.report.findings import kind_of, symbol_of
from warmstart.report.svg import Scale, picture, tag

SIZE, LEFT, RIGHT, TOP, BOTTOM = 360, 52, 22, 14, 46
CODES = ("calibration", "temperature", "abstaining", "out_of_distribution")


@dataclass(frozen=True)
class Told:
    """One finding: its severity as a class and as a symbol, and its sentence."""

    kind: str
    symbol: str
    sentence: str


@dataclass(frozen=True)
class Sureness:
    """What was found about the probabilities, and the two figures; None where one cannot be drawn."""

    told: tuple[Told, ...]
    reliability: Markup | None
    trade: Markup | None


def sureness(result: Mapping[str, Any]) -> Sureness | None:
    """Return the section, or None where none of this was measured."""
    found = {str(finding.get("code")): finding for finding in result.get("findings") or ()}
    told = [found[code] for code in CODES if code in found]
    if not told:
        return None
    numbers = {code: found[code].get("numbers") or {} for code in CODES if code in found}
    return Sureness(
        told=tuple(
            Told(kind_of(severity := str(one["severity"])), symbol_of(severity), str(one["sentence"])) for one in told
        ),
        reliability=reliability_figure(numbers.get("calibration", {}).get("bins") or ()),
        trade=trade_figure(numbers.get("abstaining", {}), by_folds=result.get("evaluation") == "cross-fitted"),
    )


def reliability_figure(bins: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Draw the share that is right against how sure it was, with intervals; on the diagonal is calibrated."""
    if not bins:
        return None
    low = 100 * min(min(one["sure"], one["right"]["low"]) for one in bins)
    x, y = _square(max(0.0, low - 2), 100.0, max(0.0, low - 2), 100.0)
    parts = [
        *_axes(x, y, "how sure it was", "share that was right"),
        tag("line", x1=x.start, y1=y.start, x2=x.stop, y2=y.stop, class_="ideal"),
    ]
    for one in bins:
        at, right = x.at(100 * one["sure"]), one["right"]
        ends = (y.at(100 * right["low"]), y.at(100 * right["high"]))
        parts.append(tag("line", x1=at, x2=at, y1=ends[0], y2=ends[1], class_="range transfer"))
        parts.append(tag("circle", cx=at, cy=y.at(100 * right["value"]), r=4.5, class_="mark transfer"))
    told = "; ".join(
        f"{wording.percent(one['sure'])} sure, {wording.percent_interval(one['right'])} right, {one['rows']} rows"
        for one in bins
    )
    return picture(SIZE, SIZE, "Reliability", f"{told}.", parts, class_="figure sure")


def trade_figure(numbers: Mapping[str, Any], *, by_folds: bool = False) -> Markup | None:
    """Draw the share of errors among the answered rows against the share that is answered.

    Parameters
    ----------
    by_folds : whether every outer fold abstained below a threshold of its own.
    """
    curve: Sequence[Mapping[str, float]] = numbers.get("curve") or ()
    if len(curve) < 2:
        return None
    chosen = numbers.get("coverage") and numbers.get("error_answered")
    top = max([point["error"] for point in curve] + ([numbers["error_answered"]["high"]] if chosen else []))
    x, y = _square(0.0, 100.0, 0.0, max(100 * top * 1.08, 1.0))
    path = "M" + "L".join(f"{x.at(100 * point['coverage'])} {y.at(100 * point['error'])}" for point in curve)
    parts = [
        *_axes(x, y, "share of rows that is answered", "errors among them"),
        tag("path", d=path, class_="trade"),
    ]
    if chosen:
        below = "each fold's threshold" if by_folds else f"at least {wording.percent(numbers['abstain_below'])} sure"
        parts += _chosen(x, y, numbers, below)
    said = f"From {wording.percent(curve[-1]['error'])} errors where every row is answered"
    if chosen:
        said += (
            f" to {wording.percent_interval(numbers['error_answered'])} where "
            f"{wording.percent_interval(numbers['coverage'])} are, at the chosen threshold"
        )
    return picture(SIZE, SIZE, "Risk against coverage", f"{said}.", parts, class_="figure sure")


def _chosen(x: Scale, y: Scale, numbers: Mapping[str, Any], below: str) -> list[Markup]:
    """Mark the threshold of validation, as it turned out on the test rows."""
    coverage, error = numbers["coverage"], numbers["error_answered"]
    at, middle = x.at(100 * coverage["value"]), y.at(100 * error["value"])
    ends = {end: (x.at(100 * coverage[end]), y.at(100 * error[end])) for end in ("low", "high")}
    side = -1 if at > SIZE / 2 else 1
    return [
        tag("line", x1=ends["low"][0], x2=ends["high"][0], y1=middle, y2=middle, class_="range transfer"),
        tag("line", x1=at, x2=at, y1=ends["low"][1], y2=ends["high"][1], class_="range transfer"),
        tag("circle", cx=at, cy=middle, r=10, class_="ring"),
        tag("circle", cx=at, cy=middle, r=5, class_="mark transfer"),
        tag(
            "text",
            below,
            x=at + 14 * side,
            y=middle - 12,
            text_anchor="end" if side < 0 else "start",
            class_="name",
        ),
    ]


def _square(x_low: float, x_high: float, y_low: float, y_high: float) -> tuple[Scale, Scale]:
    return Scale(x_low, x_high, LEFT, SIZE - RIGHT), Scale(y_low, y_high, SIZE - BOTTOM, TOP)


def _axes(x: Scale, y: Scale, across: str, up: str) -> list[Markup]:
    return [
        *percent_lines(y, x.start, x.stop),
        *numbers_below(x, y.start, most=6, unit=" %"),
        *ground_line(y.start, x.start, x.stop, across),
        tag("text", f"↑ {up}", x=x.start + 6, y=TOP + 4, class_="tick label"),
    ]
