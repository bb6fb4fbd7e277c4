"""Progress on stderr for what takes longer than two seconds, and silence for what does not."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Any, Self

SHOW_AFTER = 2.0
LINE_EVERY = 10.0


class LateProgress:
    """Shows a bar with the time left in a terminal, a line now and then elsewhere.

    Parameters
    ----------
    title : what the bar is called.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._started = monotonic()
        self._said = 0.0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show how many of how many (0: nobody knows) are done, once two seconds have passed."""
        seconds = monotonic() - self._started
        if seconds < SHOW_AFTER:
            return
        if sys.stderr.isatty():
            self._move(done, total)
        elif seconds - self._said >= LINE_EVERY:
            self._said = seconds
            sys.stderr.write(f"{self.title}: {_state(done, total, seconds)}\n")

    def _move(self, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            # Answers are written to stdout meanwhile: the bar must leave it alone.
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
            self._task = self._bar.add_task(self.title, total=total or None)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total or None)


def _state(done: int, total: int, seconds: float) -> str:
    """Return how far it is, and how long it still takes or how fast it goes."""
    if not total:
        return f"{done} done, {done / seconds:.0f} a second"
    return f"{done} of {total}, about {seconds * (total - done) / max(done, 1):.0f} s left"
