"""What the page of an adaptation shows: how far apart the domains are, what was tried, and what it is likely worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warmstart.core import wording

MOST_CLASSES = 12
NO_LABELS = (
    "No label of the target was given, so that no gain was measured. With 50 or more labelled target rows "
    "(--target-labels) it is."
)


@dataclass(frozen=True)
class Row:
    """One method: how its class shares and answers differ from those of not adapting, and its accuracy if measured."""

    name: str
    summary: str
    delivered: bool
    reason: str
    distance: str
    changed: str
    measured: str


@dataclass(frozen=True)
class Shares:
    """Class shares: of the source's labels, then of what each method answers for the target, a text a class."""

    classes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    more: int


@dataclass(frozen=True)
class Adapted:
    """The parts of the page.

    Parameters
    ----------
    keys : (label, number, addition) of the numbers to remember.
    metric : the name of what was measured on labelled target rows; "" where nothing was.
    no_gain : why no gain was measured, where none was.
    """

    sentence: str
    symbol: str
    kind: str
    estimate: str
    distance: str
    basis: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]
    rows: tuple[Row, ...]
    shares: Shares
    metric: str
    no_gain: str
    benchmark: Mapping[str, Any]


def adapted(result: Mapping[str, Any]) -> Adapted:
    """Return what a result says of an adaptation."""
    found, gain = result["adaptation"], result["transfer_gain"]
    kind = str(gain.get("verdict", "no evidence"))
    return Adapted(
        sentence=wording.adapted(result),
        symbol={"helps": "▲", "harms": "▼"}.get(kind, "○"),
        kind=kind.replace(" ", "-"),
        estimate=found["estimate"]["sentence"],
        distance=found["distance"]["sentence"],
        basis=tuple(found["basis"]),
        keys=tuple(_keys(result)),
        rows=tuple(_row(one, str(result["metric"])) for one in found["methods"]),
        shares=_shares(found),
        metric=wording.heading(str(result["metric"])) if result["test"] else "",
        no_gain=str(gain.get("reason", "")) if result["test"] else NO_LABELS,
        benchmark=found["estimate"]["benchmark"],
    )


def _keys(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found, gain = result["adaptation"], result["transfer_gain"]
    estimate, distance = found["estimate"], found["distance"]
    if gain.get("value") is not None:
        ends = f"{wording.signed(gain['low'])} to {wording.signed(gain['high'])}"
        worth = ("Gain over not adapting, measured", f"{wording.signed(gain['value'])} points", ends)
    else:
        known = estimate["low"] is not None
        ends = f"{wording.signed(estimate['low'])} to {wording.signed(estimate['high'])}" if known else ""
        worth = ("Gain over not adapting, estimated", f"{wording.signed(estimate['value'])} points", ends)
    return [
        worth,
        ("Answers changed", wording.percent(estimate["changed"]), ""),
        ("Domains told apart (AUC)", f"{distance['auc']:.2f}", "0.50 if they looked alike"),
        ("Time, on this computer", wording.duration(result["seconds"]["total"]), ""),
    ]


def _row(one: Mapping[str, Any], metric: str) -> Row:
    finished = one["status"] == "finished"
    return Row(
        name=one["name"],
        summary=one["summary"],
        delivered=bool(one.get("delivered")),
        reason=one["reason"],
        distance=wording.percent(one["distance"]) if finished else "–",
        changed=wording.percent(one["changed"]) if finished else "–",
        measured=wording.measure(metric, one["test"][metric]) if "test" in one else "–",
    )


def _shares(found: Mapping[str, Any]) -> Shares:
    """Return the shares of the commonest classes of the source."""
    source = found["source_shares"]
    classes = sorted(source, key=lambda name: -source[name])[:MOST_CLASSES]

    def texts(shares: Mapping[str, float]) -> tuple[str, ...]:
        return tuple(wording.percent(shares[name]) for name in classes)

    answered = [(one["name"], texts(one["shares"])) for one in found["methods"] if one["status"] == "finished"]
    rows = [("labels of the source", texts(source)), *answered, ("what is delivered", texts(found["delivered"]))]
    return Shares(tuple(classes), tuple(rows), len(source) - len(classes))
