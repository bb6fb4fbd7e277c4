"""How long every step took, against the budget, and what is needed to do it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warmstart.core import wording


@dataclass(frozen=True)
class Step:
    """One step: its name, its seconds as text, and its share (0 to 1) of the longest."""

    name: str
    seconds: str
    share: float
    part: str


@dataclass(frozen=True)
class Timing:
    """The steps, the total, the budget where there was one, and the most memory held."""

    steps: tuple[Step, ...]
    total: str
    budget: str | None
    memory: str


def timing(result: Mapping[str, Any], run: Mapping[str, Any]) -> Timing | None:
    """Return the times, or None where none were recorded."""
    recorded = dict(result.get("seconds") or {})
    total = recorded.pop("total", None)
    if not recorded and total is None:
        return None
    whole = total or sum(recorded.values()) or 1.0
    longest = max(recorded.values(), default=1.0) or 1.0
    budget = (run.get("plan") or {}).get("budget_seconds")
    memory = result.get("peak_rss_mb")
    return Timing(
        steps=tuple(
            Step(name, f"{seconds:,.1f} s", seconds / longest, f"{100 * seconds / whole:.0f} %")
            for name, seconds in recorded.items()
        ),
        total=wording.duration(whole),
        budget=None if budget is None else wording.duration(budget),
        memory=wording.UNKNOWN if memory is None else f"{memory:,.0f} MB",
    )


def settings(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return every option as name and text; nested ones as "options.target".

    Parameters
    ----------
    record : run.json, or the result of what has none (`evaluate`, `update`).
    """
    return tuple(_flat("", record.get("config") or {}))


def versions(result: Mapping[str, Any], run: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return name and version of what made the run."""
    return tuple((str(n), str(v)) for n, v in {**(run.get("versions") or {}), **(result.get("versions") or {})}.items())


def _flat(prefix: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            pairs += _flat(f"{prefix}{key}.", value)
        elif value not in (None, "", [], {}):
            pairs.append((f"{prefix}{key}", _plain(value)))
    return pairs


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
