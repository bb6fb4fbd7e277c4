"""Markdown tables of what was measured, and where in docs/benchmarks.md they stand."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from _ratios import Ratio, ratio_of
from _rounds import Readings

LIBRARIES = ("torch", "onnxruntime", "transformers", "sentence-transformers", "scikit-learn")


def reached(holds: bool) -> str:
    """Return what is said of a bar."""
    return "reached" if holds else "missed"


@dataclass(frozen=True)
class Bar:
    """What a ratio must reach: at least or at most so much."""

    sign: str
    value: float

    def verdict(self, ratio: Ratio) -> str:
        """Return the bar, and whether the ratio reaches it."""
        holds = ratio.value >= self.value if self.sign == "≥" else ratio.value <= self.value
        return f"{self.sign} {self.value:.3g}×: {reached(holds)}"


@dataclass(frozen=True)
class Comparison:
    """One line of a table: what one side takes over what the other takes.

    Parameters
    ----------
    work : what both do.
    over, under : names of the sides whose values are divided.
    measure : which value of their readings: "MB" is memory, everything else seconds.
    """

    work: str
    over: str
    under: str
    bar: Bar | None = None
    measure: str = "seconds"

    def line(self, readings: Readings) -> list[str]:
        """Return the cells of the line."""
        for side in (self.over, self.under):
            if readings.reason(side):
                return [self.work, side, "", f"not applicable, because {readings.reason(side)}", ""]
        over, under = (readings.values(side, self.measure) for side in (self.over, self.under))
        ratio = ratio_of(over, under)
        over, under = over[: ratio.rounds], under[: ratio.rounds]
        bar = self.bar.verdict(ratio) if self.bar else ""
        return [self.work, self._side(self.over, over), self._side(self.under, under), str(ratio), bar]

    def _side(self, name: str, values: Sequence[float]) -> str:
        unit = "MB" if self.measure == "MB" else "s"
        return f"{name}: {statistics.median(values):.3g} {unit}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    rows = [list(header), ["---"] * len(header), *map(list, lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ratios(comparisons: Sequence[Comparison], readings: Readings) -> str:
    """Return the table of the comparisons: the medians of both sides, and their ratio with its interval."""
    header = ("work", "A", "B", "A / B (95 % interval)", "bar")
    return table(header, [comparison.line(readings) for comparison in comparisons])


def conditions(rows: int, repeats: int) -> str:
    """Return when, on what machine and with which versions something was measured, in a sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    rounds = f"{repeats} round{'s' if repeats > 1 else ''}"
    return (
        f"{rows:,} rows, {rounds}, {date.today().isoformat()}, {_processor()}, {cores} cores, {memory:.0f} GiB; "
        f"{code()}Python {platform.python_version()}, {versions}."
    )


def code() -> str:
    """Return which commit of warmstart is measured, and a comma; nothing outside a repository."""
    here = Path(__file__).parent
    asked = ["git", "-C", str(here), "describe", "--always", "--dirty"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return f"warmstart {done.stdout.strip()}, " if done.returncode == 0 else ""


def write(page: Path, name: str, text: str) -> None:
    """Put a text between a page's markers of that name, in the place of what was there.

    Raises
    ------
    ValueError : the page has no such markers.
    """
    before = page.read_text(encoding="utf-8")
    start, stop = f"<!-- {name} -->", f"<!-- end of {name} -->"
    between = re.compile(f"{re.escape(start)}.*?{re.escape(stop)}", re.DOTALL)
    if not between.search(before):
        raise ValueError(f"{page} must have the lines '{start}' and '{stop}'. It has not. Add them where it belongs.")
    page.write_text(between.sub(lambda _: f"{start}\n\n{text}\n\n{stop}", before), encoding="utf-8")


def _processor() -> str:
    """Return the name of the processor."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
