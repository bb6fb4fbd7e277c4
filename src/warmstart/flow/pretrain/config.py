"""What `pretrain` is asked to do, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warmstart.errors import OptionError
from warmstart.flow.config import FitConfig
from warmstart.learning.episodes import QUERIES
from warmstart.readers._base import ReadOptions

AUTO = "auto"
WAYS, SHOTS = 5, 5
OF_LABELLED = ("target", "classes", "groups")
"""Options of reading that say nothing of inputs without labels."""


@dataclass(frozen=True)
class PretrainConfig:
    """The resolved options of one pre-training.

    Parameters
    ----------
    fit : what it shares with a fit: data, input column, source, cut, budget, seed, threads, run folder; its target is
        the label column of the labelled data.
    method : the name of a `pretraining` part, or "auto": the modality's default.
    judge : labelled data on which the new source is compared with the old one; None where there is none.
    episodic : whether to learn from labels, on many small tasks.
    more : further labelled sets beside the data, for that.
    ways, shots : classes of a task at most, and examples a class; None for WAYS and SHOTS.
    """

    fit: FitConfig
    method: str = AUTO
    judge: str | None = None
    episodic: bool = False
    more: tuple[str, ...] = ()
    ways: int | None = None
    shots: int | None = None

    @property
    def most_ways(self) -> int:
        """Classes of a task, where there are as many."""
        return WAYS if self.ways is None else self.ways

    @property
    def examples(self) -> int:
        """Examples a class of a task."""
        return SHOTS if self.shots is None else self.shots

    @property
    def members(self) -> int:
        """Rows a class of a task: examples, and what is to be told by them."""
        return self.examples + QUERIES

    @property
    def judging(self) -> ReadOptions:
        """How the judging data is read: classes that were named are those of the labelled sets, where there are any.

        A folder has no columns to take the inputs from, and a command that is proposed for it must name none.
        """
        read = replace(self.fit.options, classes=()) if self.episodic else self.fit.options
        return replace(read, inputs=()) if self.judge is not None and Path(self.judge).is_dir() else read

    @property
    def folder(self) -> Path:
        """The run folder."""
        return Path(self.fit.out)

    def check(self) -> PretrainConfig:
        """Return the configuration itself.

        Raises
        ------
        OptionError : a number is outside what it may be, or something is said of labels where none are read.
        """
        self.fit.check()
        if self.episodic:
            _at_least(2, "ways", self.most_ways)
            _at_least(1, "shots", self.examples)
            return self
        if self.more or self.ways is not None or self.shots is not None:
            raise OptionError(
                "Several labelled sets, `--ways` and `--shots` are for learning from few examples. Got them without "
                "`--episodic`. Add it, or give one INPUTS."
            )
        of_labelled = {name: getattr(self.fit.options, name) for name in OF_LABELLED}
        if self.judge is None and (said := [name for name, value in of_labelled.items() if value]):
            raise OptionError(
                f"`--{said[0]}` is of rows whose labels are read: of the data given to --judge, or of INPUTS with "
                "--episodic. Got neither. Pre-training itself reads no labels."
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what decides the result, as plain values."""
        plain = {**self.fit.to_json(), "command": "pretrain", "method": self.method, "judge": self.judge}
        if not self.episodic:
            return plain
        return {**plain, "episodic": True, "more": list(self.more), "ways": self.most_ways, "shots": self.examples}


def _at_least(least: int, name: str, value: int) -> None:
    if value < least:
        raise OptionError(f"`--{name}` must be a whole number from {least}. Got {value}. Try 5.")
