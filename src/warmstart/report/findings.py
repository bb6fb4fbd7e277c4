"""Findings, those about the data apart, the gravest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmstart.core.finding import SEVERITIES

SYMBOLS = {"harm": "✕", "warning": "!", "note": "i", "passed": "✓", "not applicable": "–"}


@dataclass(frozen=True)
class Said:
    """One finding as it stands on the page; `numbers` are pairs of name and text."""

    code: str
    sentence: str
    remedy: str
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """The findings of one severity; the symbol says it without colour."""

    severity: str
    symbol: str
    kind: str
    findings: tuple[Said, ...]


def symbol_of(severity: str) -> str:
    """Return the symbol that says a severity without colour."""
    return SYMBOLS.get(severity, "·")


def kind_of(severity: str) -> str:
    """Return the class that a severity has in the page's style."""
    return severity.replace(" ", "-")


def findings(result: Mapping[str, Any], *, about_data: bool) -> tuple[Group, ...]:
    """Return the findings about the data, or all others, grouped by severity, the gravest first."""
    chosen = [f for f in result.get("findings") or () if _is_about_data(f) == about_data]
    order = [*SEVERITIES, *sorted({str(f.get("severity")) for f in chosen} - set(SEVERITIES))]
    groups = [(severity, [f for f in chosen if f.get("severity") == severity]) for severity in order]
    return tuple(
        Group(severity, symbol_of(severity), kind_of(severity), _said(members))
        for severity, members in groups
        if members
    )


def of_code(result: Mapping[str, Any], code: str) -> tuple[Said, ...]:
    """Return the findings of one code, to stand beside their picture."""
    return _said([finding for finding in result.get("findings") or () if finding.get("code") == code])


def _is_about_data(finding: Mapping[str, Any]) -> bool:
    return bool(finding.get("about") == "data")


def _said(members: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    return tuple(
        Said(
            code=str(member.get("code", "")),
            sentence=str(member.get("sentence", "")),
            remedy=str(member.get("remedy") or ""),
            numbers=tuple(
                (key.replace("_", " "), _number(value))
                for key, value in (member.get("numbers") or {}).items()
                if not _is_table(value)
            ),
        )
        for member in members
    )


def _is_table(value: object) -> bool:
    """Return whether a value is a list of records: a section of its own draws those."""
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value)


def _number(value: object) -> str:
    """Return a number short, and a list by its first few members."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        rest = f" and {len(value) - 4} more" if len(value) > 4 else ""
        return ", ".join(_number(item) for item in value[:4]) + rest
    if isinstance(value, Mapping):
        return _number([f"{key} {_number(item)}" for key, item in value.items()])
    return str(value)
