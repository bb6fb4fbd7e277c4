"""One self-contained HTML page of an exploration: its only script draws the map, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from warmstart.core import wording
from warmstart.report.run_folder import require_schema
from warmstart.report.stability_figure import stability_figure
from warmstart.report.timing import settings, timing, versions
from warmstart.store import strict_json

SCHEMA = "warmstart.explore/1"
SYMBOLS = {"helps": "▲", "harms": "▼", "no evidence": "○"}
LABELS_SHOWN = 4
LEAST_SHARE = 0.005
DARKEST = 55
PALETTE = (
    "#4269d0", "#e0912f", "#3ca06a", "#d2485a", "#8f62c9", "#2ba7b8", "#c45a9e", "#8a7a3d", "#6f7f93", "#a8693f",
    "#7aa62f", "#5b8fd6", "#e07a6a", "#3f8f86", "#b08be0", "#c2a12c", "#5f6bb0", "#d17fb8", "#4f9a3f", "#9a5560",
)  # fmt: skip
"""Colours of clusters, that of the largest first, readable on light and on dark; beyond them, they come again."""


@dataclass(frozen=True)
class ExploredFolder:
    """The files of an exploration: result.json, run.json, and what the page shows of single rows."""

    path: Path
    result: Mapping[str, Any]
    run: Mapping[str, Any]
    shown: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path, result: Mapping[str, Any]) -> ExploredFolder:
        """Read the folder whose result.json is given.

        Raises
        ------
        StoreError : a file is missing or damaged, or was made by a newer version.
        """
        require_schema(path, result, SCHEMA)
        return cls(path, result, strict_json.load(path / "run.json"), strict_json.load(path / "explored.json"))


def explored_contents(folder: ExploredFolder) -> dict[str, Any]:
    """Return what the template shows, a part a name."""
    result, shown = folder.result, folder.shown
    matched = result.get("labels")
    return {
        "name": folder.path.resolve().name,
        "folder": str(folder.path),
        "result": result,
        "headline": _headline(result),
        "keys": _keys(result),
        "matched": _matched(matched) if matched else None,
        "figure": stability_figure(result),
        "clusters": _clusters(result, shown),
        "notable": _lie(result["outliers"]["notable"]),
        "outliers": _with_rows(result["outliers"]["rows"], shown["outliers"]),
        "duplicates": shown["duplicates"],
        "points": _points(result, shown),
        "timing": timing(result, folder.run),
        "settings": settings(folder.run),
        "versions": versions(result, folder.run),
    }


def _headline(result: Mapping[str, Any]) -> str:
    """Return what was found, in a line."""
    count, rows = len(result["clusters"]), result["rows"]["used"]
    return f"{count} clusters in {rows:,} {result['modality']}s, found without labels"


def _keys(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, number, addition) of the numbers to remember."""
    stability, duplicates, matched = result["chosen"]["stability"], result["duplicates"], result["labels"]
    near = duplicates["near"]
    keys = [
        ("Clusters", str(len(result["clusters"])), result["chosen"]["method"]),
        ("Stability", "–" if stability is None else f"{stability['value']:.2f}", "of 1, between samples of the rows"),
        ("Outliers", f"{result['outliers']['notable']:,}", "rows that lie notably apart"),
        (
            "Duplicates",
            f"{duplicates['exact']:,}",
            "exact; near ones: " + ("cannot be told" if near is None else f"{near:,}"),
        ),
    ]
    if matched:
        own = matched["matches"][0]["ari"]
        ends = f"adjusted Rand index, {own['low']:.2f} to {own['high']:.2f}"
        keys.append((f"Match with {matched['name']}", f"{own['value']:.2f}", ends))
    return [*keys, ("Time", wording.duration(result["seconds"]["total"]), f"with {result['source']}")]


def _lie(rows: int) -> str:
    """Return how many rows lie somewhere, as the beginning of a sentence."""
    return f"{wording.count(rows, 'row')} {'lies' if rows == 1 else 'lie'}"


def _matched(matched: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparison with labels, its numbers as text and its table as shares."""
    rows = [
        {
            "name": one["name"],
            "ari": _number(one["ari"]),
            "nmi": (f"{one['nmi']['value']:.2f}", ""),
            "difference": None if one["difference"] is None else _number(one["difference"], signed=True),
        }
        for one in matched["matches"]
    ]
    table = [[(count, round(DARKEST * count / max(sum(row), 1))) for count in row] for row in matched["table"]]
    return {
        **matched,
        "labelled": matched["rows"],
        "rows": rows,
        "shares": table,
        "symbol": SYMBOLS[matched["verdict"]],
    }


def _number(value: Mapping[str, float], *, signed: bool = False) -> tuple[str, str]:
    """Return a value and its interval as text."""
    form = "{:+.2f}" if signed else "{:.2f}"
    middle, low, high = (form.format(value[end]).replace("-", "−") for end in ("value", "low", "high"))
    return middle, f"{low} to {high}"


def _clusters(result: Mapping[str, Any], shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the clusters with their colour and, of as many as are shown so, the rows nearest to their centre."""
    faces = chain(shown["clusters"], repeat(()))
    largest = max(cluster["rows"] for cluster in result["clusters"])
    return [
        {
            **cluster,
            "colour": PALETTE[place % len(PALETTE)],
            "part": f"{100 * cluster['share']:.1f} %",
            "bar": round(100 * cluster["rows"] / largest, 1),
            "steady": None if cluster["kept"] is None else f"{100 * cluster['kept']:.0f} %",
            "mix": [
                (name, f"{100 * share:.0f} %")
                for name, share in cluster["labels"][:LABELS_SHOWN]
                if share >= LEAST_SHARE
            ],
            "examples": examples,
        }
        for place, (cluster, examples) in enumerate(zip(result["clusters"], faces, strict=False))
    ]


def _with_rows(told: list[Any], rows: list[Any]) -> list[dict[str, Any]]:
    return [{**one, **row} for one, row in zip(told, rows, strict=True)]


def _points(result: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script draws."""
    names = [cluster["name"] for cluster in result["clusters"]]
    return {
        **shown["points"],
        "names": names,
        "colours": list(PALETTE),
        "classes": (result["labels"] or {}).get("classes"),
    }
