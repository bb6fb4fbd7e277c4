"""What the page of a pre-training shows: whether it helped, how the probe moved, what was seen, what it took."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmstart.core import wording
from warmstart.report.lineage import lineage
from warmstart.report.probe_figure import probe_figure
from warmstart.report.run_folder import require_schema
from warmstart.report.timing import settings, timing, versions
from warmstart.store import strict_json

SCHEMA = "warmstart.pretrain/1"
SYMBOLS = {"better": ("▲", "helps"), "worse": ("▼", "harms")}
UNDECIDED = ("○", "no-evidence")


def pretrained_contents(path: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows, a part a name.

    Raises
    ------
    StoreError : a file is missing or damaged, or was made by a newer version.
    """
    require_schema(path, result, SCHEMA)
    run = strict_json.load(path / "run.json")
    judged = result["judgement"]
    told = judged or result["few_examples"]
    symbol, kind = SYMBOLS.get(told["verdict"] if told else "", UNDECIDED)
    return {
        "name": result["name"],
        "folder": str(path),
        "result": result,
        "symbol": symbol,
        "kind": kind,
        "keys": _keys(result),
        "judged": None if judged is None else _judged(judged),
        "few": None if result["few_examples"] is None else _few_examples(result["few_examples"]),
        "figure": probe_figure(result),
        "lineage": lineage(strict_json.load(path / "bundle" / "manifest.json")),
        "timing": timing(result, run),
        "settings": settings(run),
        "versions": versions(result, run),
    }


def _keys(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, number, addition) of the numbers to remember."""
    judged, probe, rows = result["judgement"] or result["few_examples"], result["probe"], result["rows"]
    if judged is None:
        worth = ("Gain over the old source", "not judged", "give labels with --judge")
    else:
        gap = judged["difference"]
        ends = f"{wording.signed(gap['low'])} to {wording.signed(gap['high'])}"
        worth = ("Gain over the old source", f"{wording.signed(gap['value'])} points", ends)
    before = f"{probe['untouched']['value']:.3f} before; it chose the round"
    matched = (probe["what"], f"{probe['best']['value']:.3f}", before)
    seen = (
        f"{result['modality'].capitalize()}s seen",
        f"{rows['trained'] + rows['held']:,}",
        f"{rows['held']:,} held out",
    )
    return [worth, matched, seen, ("Time, on this computer", wording.duration(result["seconds"]["total"]), "")]


def _few_examples(few: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparison on tasks of a few examples with its numbers as text."""
    return {
        **few,
        "old": wording.measure("accuracy", few["old"]),
        "new": wording.measure("accuracy", few["new"]),
        "difference": wording.points(few["difference"]),
    }


def _judged(judged: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparison with its numbers as text."""
    return {
        **judged,
        "heading": wording.heading(judged["metric"]),
        "old": wording.measure(judged["metric"], judged["old"]),
        "new": wording.measure(judged["metric"], judged["new"]),
        "difference": wording.points(judged["difference"]),
        "smallest": f"{100 * judged['detectable']:.1f}",
    }
