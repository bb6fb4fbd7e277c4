"""The fields of result.json as docs/report.md lists them."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "report.md"
ROW = re.compile(r"^\| `(?P<field>\w+)` \| (?P<commands>[a-z, ]+) \|", re.MULTILINE)


def fields(command: str) -> set[str]:
    """Return the fields of the results of a command."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {field for field, commands in rows if commands == "all" or command in commands.split(", ")}
