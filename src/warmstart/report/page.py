"""One self-contained page of HTML from a run folder: nothing is fetched, and only the map of an exploration runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from warmstart.report import explored_page, pretrained_page
from warmstart.report.run_folder import RunFolder, finished_result
from warmstart.store import atomic

TEMPLATES = Path(__file__).with_name("templates")
SUSPECTS = 12


def render(run: Path) -> str:
    """Return the page of a finished run as HTML.

    Raises
    ------
    PathError : there is no such folder, or no result in it yet.
    StoreError : a file in it is damaged, or was made by a newer version.
    """
    result = finished_result(Path(run))
    kind = _kind(str(result.get("schema", "")))
    if kind == _kind(explored_page.SCHEMA):
        explored = explored_page.ExploredFolder.open(Path(run), result)
        return _page("explored.html.j2", explored_page.explored_contents(explored), ("style.css", "explored.css"))
    if kind == _kind(pretrained_page.SCHEMA):
        return _page(
            "pretrained.html.j2", pretrained_page.pretrained_contents(Path(run), result), ("style.css", "explored.css")
        )
    folder = RunFolder.open(Path(run))
    if "adaptation" in folder.result:
        return _page("adapted.html.j2", _adaptation(folder), ("style.css",))
    return _page("page.html.j2", _contents(folder), ("style.css",))


def _kind(schema: str) -> str:
    """Return a schema without its version."""
    return schema.partition("/")[0]


def _page(template: str, contents: Mapping[str, Any], styles: Sequence[str]) -> str:
    """Return a template filled in, with its styles."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_unbroken,
    )
    style = Markup("".join((TEMPLATES / name).read_text(encoding="utf-8") for name in styles))
    script = Markup((TEMPLATES / "map.js").read_text(encoding="utf-8"))
    return environment.get_template(template).render(style=style, script=script, **contents)


def write_report(run: Path) -> Path:
    """Write RUN/report.html and return its path; raises as `render` does."""
    target = Path(run) / "report.html"
    atomic.write_text(target, render(run))
    return target


def _unbroken(value: object) -> object:
    """Keep a number and its percent sign on one line."""
    return value.replace(" %", "\u00a0%") if type(value) is str else value


def _contents(folder: RunFolder) -> dict[str, Any]:
    """Return what the template shows, a part a name; None or empty where a part is missing."""
    from warmstart.report import confusion, examples, findings, lineage
    from warmstart.report.curve_figure import curve_figure
    from warmstart.report.fairness import fairness
    from warmstart.report.frontier_figure import frontier_figure
    from warmstart.report.gain_figure import gain_figure
    from warmstart.report.metrics_table import metrics_table
    from warmstart.report.race import race
    from warmstart.report.race_figure import race_figure
    from warmstart.report.sureness import sureness
    from warmstart.report.verdict import verdict

    result = folder.result
    raced = race(result, folder.trials)
    return {
        "name": folder.path.resolve().name,
        "folder": str(folder.path),
        "task": result.get("task") or {},
        "verdict": verdict(result),
        "gain_figure": gain_figure(result.get("transfer_gain")),
        "metrics": metrics_table(result),
        "race": raced,
        "race_figure": race_figure(raced),
        "few": (result.get("chosen") or {}).get("named_by") == "cross-validation",
        "ranking": result.get("ranking") or (),
        "curve_figure": curve_figure(result),
        "labels": findings.of_code(result, "label_budget"),
        "frontier_figure": frontier_figure(result),
        "forgotten": (*findings.of_code(result, "forgetting"), *findings.of_code(result, "change_on_your_inputs")),
        "ranking_reason": result.get("ranking_reason") or "",
        "confusion": confusion.confusion(result),
        "classes": confusion.class_table(result),
        "audited": fairness(result),
        "unaudited": findings.of_code(result, "bias"),
        "sureness": sureness(result),
        "wrong": examples.examples(folder.examples, "wrong"),
        "typical": examples.examples(folder.examples, "typical"),
        "suspects": examples.examples(folder.examples, "suspects")[:SUSPECTS],
        "data_findings": findings.findings(result, about_data=True),
        "findings": findings.findings(result, about_data=False),
        "lineage": lineage.lineage(folder.manifest),
        "next": result.get("next") or (),
        "absent": folder.absent,
        **_conditions(folder),
    }


def _conditions(folder: RunFolder) -> dict[str, Any]:
    """Return how the run was made: its settings, and what it took."""
    from warmstart.report import timing

    result, run = folder.result, folder.run
    return {
        "created": _day(str(run.get("created") or "")),
        "precision": result.get("precision"),
        "timing": timing.timing(result, run),
        "settings": timing.settings(run or result),
        "versions": timing.versions(result, run),
        "seed": result.get("seed"),
        "threads": result.get("threads"),
    }


def _adaptation(folder: RunFolder) -> dict[str, Any]:
    """Return what the page of an adaptation shows, a part a name."""
    from warmstart.report import findings, lineage, timing
    from warmstart.report.adapted import adapted
    from warmstart.report.gain_figure import gain_figure

    result, run = folder.result, folder.run
    return {
        "name": folder.path.resolve().name,
        "folder": str(folder.path),
        "created": _day(str(run.get("created") or "")),
        "task": result["task"],
        "adapted": adapted(result),
        "findings": (*findings.findings(result, about_data=True), *findings.findings(result, about_data=False)),
        "gain_figure": gain_figure(result["transfer_gain"]),
        "lineage": lineage.lineage(folder.manifest),
        "next": result.get("next") or (),
        "timing": timing.timing(result, run),
        "settings": timing.settings(run),
        "versions": timing.versions(result, run),
        "seed": result["seed"],
        "threads": result["threads"],
    }


def _day(moment: str) -> str:
    """Return "21 November 2026, 12:00 UTC" of an ISO time, or the text itself where it is none.

    >>> _day("2026-11-21T12:00:00+00:00")
    '21 November 2026, 12:00 UTC'
    """
    from datetime import UTC, datetime

    try:
        when = datetime.fromisoformat(moment).astimezone(UTC)
    except ValueError:
        return moment
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
