"""What a person sees while a long command works: a line a step with the time left, and who leads."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

LINE_EVERY = 10.0


class Display:
    """Shows live progress on stderr in a terminal, a plain line now and then elsewhere, nothing when quiet.

    It is called as (step, done, total); a total of 0 means that it is not known.

    Parameters
    ----------
    quiet : show nothing at all, as with --json and --quiet.
    live : force (True) or forbid (False) the live view; by default, it is for terminals only.
    """

    def __init__(self, *, quiet: bool = False, live: bool | None = None) -> None:
        self.quiet = quiet
        self.live = live
        self._view: Any = None
        self._bars: Any = None
        self._steps: dict[str, Any] = {}
        self._begun: dict[str, float] = {}
        self._leader = ""
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        live = sys.stderr.isatty() if self.live is None else self.live
        if live and not self.quiet:
            self._open_view()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._view is not None:
            self._view.stop()
            self._view = None

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that `done` of `total` pieces of a step are done."""
        self._begun.setdefault(step, time.monotonic())
        if self._view is not None:
            self._move(step, done, total)
        elif not self.quiet and time.monotonic() - self._said >= LINE_EVERY:
            self._say(step, done, total)

    def leader(self, text: str) -> None:
        """Show who leads, such as "partial@block_11 88.2 ± 0.9 %"."""
        self._leader = text

    def _open_view(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as Left

        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=28), TaskProgressColumn())
        times = (TimeElapsedColumn(), TextColumn("left"), Left(compact=True))
        self._bars = Progress(*columns, *times)
        console = Console(stderr=True)
        self._view = Live(console=console, get_renderable=self._picture, refresh_per_second=5, transient=False)
        self._view.start()

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.text import Text

        return Group(self._bars, Text(f"leader: {self._leader}", style="bold")) if self._leader else self._bars

    def _move(self, step: str, done: int, total: int) -> None:
        if step not in self._steps:
            self._steps[step] = self._bars.add_task(step, total=total or None)
        self._bars.update(self._steps[step], completed=done, total=total or None)

    def _say(self, step: str, done: int, total: int) -> None:
        """Write one plain line, with the time left where it can be told."""
        self._said = now = time.monotonic()
        parts = [f"{step}: {done:,} of {total:,}" if total else step]
        if 0 < done < total:
            parts.append(f"about {(now - self._begun[step]) * (total - done) / done:.0f} s left")
        if self._leader:
            parts.append(f"leader: {self._leader}")
        sys.stderr.write(", ".join(parts) + "\n")
        sys.stderr.flush()
