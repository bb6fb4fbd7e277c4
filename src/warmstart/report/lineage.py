"""Where the delivered model comes from: its source, that source's ancestors, and their licences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ancestor:
    """One step of the lineage, the nearest first; `rows` is how many labelled or unlabelled rows it saw here."""

    name: str
    origin: str
    licence: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Lineage:
    """The chain of models, facts about the source, its limits, and the files of the bundle."""

    steps: tuple[Ancestor, ...]
    facts: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    files: tuple[tuple[str, str, str], ...]
    created: str


def lineage(manifest: Mapping[str, Any]) -> Lineage | None:
    """Return the lineage, or None where there is no manifest."""
    if not manifest:
        return None
    source = manifest.get("source") or {}
    ancestors = _ancestors(source, manifest.get("lineage") or ())
    return Lineage(
        steps=tuple(_step(ancestor) for ancestor in ancestors),
        facts=tuple(_facts(source)),
        limits=tuple(str(limit) for limit in source.get("limits") or ()),
        files=tuple(
            (str(path), _size(int(entry.get("size") or 0)), str(entry.get("sha256", "")))
            for path, entry in (manifest.get("files") or {}).items()
        ),
        created=str(manifest.get("created", "")),
    )


def _ancestors(source: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the models it comes from, the nearest first; a manifest tells them from the oldest on."""
    steps = list(reversed(told)) or list(source.get("lineage") or ())
    known = any(step.get("sha256") == source.get("sha256") for step in steps)
    return steps if known or not source else [source, *steps]


def _step(ancestor: Mapping[str, Any]) -> Ancestor:
    return Ancestor(
        name=str(ancestor.get("name", "")),
        origin=str(ancestor.get("origin", "")),
        licence=str(ancestor.get("licence") or "not stated"),
        sha256=str(ancestor.get("sha256", "")),
        rows=int(ancestor.get("rows") or 0),
    )


def _facts(source: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = []
    if source.get("trained_on"):
        facts.append(("Trained on", str(source["trained_on"])))
    if source.get("architecture"):
        facts.append(("Architecture", str(source["architecture"])))
    if source.get("parameter_count"):
        facts.append(("Parameters", f"{source['parameter_count']:,}"))
    if source.get("input_size"):
        unit = "pixels a side" if source.get("modality") == "image" else "tokens at most"
        facts.append(("Input", f"{source['input_size']} {unit}"))
    return facts


def _size(count: int) -> str:
    """Return bytes as people say them."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"
