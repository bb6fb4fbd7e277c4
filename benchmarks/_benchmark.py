"""A benchmark as a command: prepare, run the sides in turn, print the table, and put it into the page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from _rounds import Readings, Side, Work, answer, in_fresh_process, run_rounds
from _tables import Comparison, conditions, ratios, write

PREPARE = "prepare"


@dataclass(frozen=True)
class Benchmark:
    """What is compared with what, on how many rows, how often.

    Parameters
    ----------
    file : the benchmark's own file; its name is that of its markers.
    summary : what is measured, in the words of the page.
    prepare : leaves in the folder what all sides read; nothing of it is timed.
    more : returns further Markdown, once everything was measured.
    """

    file: str
    summary: str
    prepare: Callable[[Work], None]
    sides: Sequence[Side]
    comparisons: Sequence[Comparison]
    rows: int
    repeats: int
    more: Callable[[Readings], str] | None = None

    def main(self) -> None:
        """Run it all, or, in a process started for it, one side."""
        asked = self._arguments()
        if asked.side is not None:
            jobs = {PREPARE: self.prepare, **{side.name: side.job for side in self.sides}}
            answer(jobs[asked.side], Work(asked.folder, asked.rows, asked.round, time.monotonic()))
            return
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            text = self._measure(Path(folder), asked.rows, asked.repeats)
        print(text, flush=True)
        if asked.write is not None:
            write(asked.write, Path(self.file).stem, text)

    def _measure(self, folder: Path, rows: int, repeats: int) -> str:
        """Run every side and return what is to be printed."""
        in_fresh_process(PREPARE, folder, rows=rows)
        readings = run_rounds(self.sides, folder, rows=rows, repeats=repeats)
        parts = [self.summary, conditions(rows, repeats), ratios(self.comparisons, readings)]
        return "\n\n".join(parts + ([self.more(readings)] if self.more else []))

    def _arguments(self) -> argparse.Namespace:
        parser = argparse.ArgumentParser(description=self.summary)
        parser.add_argument("--rows", type=int, default=self.rows, help=f"rows of the work; {self.rows} by default")
        parser.add_argument("--repeats", type=int, default=self.repeats, help=f"rounds; {self.repeats} by default")
        parser.add_argument("--write", type=Path, metavar="PAGE", help="also put the table between the page's markers")
        for name, kind in (("side", str), ("folder", Path), ("round", int)):
            parser.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS)
        return parser.parse_args(sys.argv[1:])
