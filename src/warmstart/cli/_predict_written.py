"""Where answers go: lines as they come, or all of them at the end where the form needs to know them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from warmstart.cli._predict_answers import as_json_lines
from warmstart.core import wording
from warmstart.core.feature_reference import FLAGGED
from warmstart.errors import DataError
from warmstart.runtime.answers import Answers, as_csv, joined

Write = Callable[[str], Any]


class Writer(Protocol):
    """Takes answers, some at a time."""

    def add(self, answers: Answers) -> None:
        """Take the next answers."""


@dataclass
class Streamed:
    """Writes CSV or JSON Lines at once."""

    write: Write
    csv: bool
    _begun: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave what was written."""

    def add(self, answers: Answers) -> None:
        """Write the next answers."""
        self.write(as_csv(answers, header=not self._begun) if self.csv else as_json_lines(answers))
        self._begun = True


@dataclass
class Kept:
    """Keeps all answers, and writes them at the end, unless something went wrong."""

    write: Write
    render: Callable[[Answers], str]
    parts: list[Answers] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.write(self.render(joined(self.parts)))

    def add(self, answers: Answers) -> None:
        """Keep the next answers."""
        self.parts.append(answers)


@dataclass
class Tally:
    """Counts what was read and what was not, and what is unlike the training data."""

    rows: int = 0
    failed: int = 0
    unlike: int = 0
    first: str = ""

    def add(self, answers: Answers) -> None:
        """Count the next answers."""
        for row, reason in answers.failed.items():
            self.first = self.first or f"'{answers.names[row]}' {reason}"
        self.rows += len(answers.names)
        self.failed += len(answers.failed)
        self.unlike += int(answers.unlike.sum())

    def about_novelty(self, reason: str) -> str:
        """Return how many inputs are unlike anything that the model was trained on, in a sentence.

        Parameters
        ----------
        reason : why the bundle cannot tell, as a clause; "" where it can.
        """
        read = self.rows - self.failed
        if reason or not read:
            return f"Whether inputs are unlike the training data is not applicable: {reason or 'none was read.'}"
        share, verb = wording.percent(self.unlike / read), "is" if self.unlike == 1 else "are"
        return (
            f"{self.unlike:,} of {read:,} inputs ({share}) {verb} unlike anything that the model was trained on; "
            f"of inputs like its training data {wording.percent(FLAGGED)} are flagged so."
        )

    def check(self) -> None:
        """Raise DataError if nothing could be read."""
        if self.failed == self.rows:
            raise DataError(
                f"None of the {self.rows} inputs could be read: {self.first}. "
                "Check that they are what the bundle was made for."
            )


@contextmanager
def on_disk(path: Path) -> Iterator[Write]:
    """Give what writes text to a file that is there whole at the end, or not at all."""
    from warmstart.store.atomic import new_file

    with new_file(path) as file:
        yield lambda text: file.write(text.encode("utf-8"))
