"""What `adapt` is asked to do, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.catalog import require_known
from warmstart.core.task import Task
from warmstart.errors import OptionError, listed, nearest
from warmstart.flow.config import AUTO, FitConfig, is_named, said

SUM_TOLERANCE = 0.005


@dataclass(frozen=True)
class AdaptConfig:
    """The resolved options of one adaptation.

    Parameters
    ----------
    source : how the labelled data is read, and everything that a fit on it would be told.
    target : the inputs to adapt to, a path or Python data; labels that stand beside them are not read.
    methods : names of `adaptation` parts, or "auto".
    mix : the share of every class in the target by name, where it is known; empty where it is not.
    labels : labelled rows of the target: a path, Python data, or the label column of the target's own table.
    """

    source: FitConfig
    target: Any
    methods: tuple[str, ...] = AUTO
    mix: Mapping[str, float] = field(default_factory=dict)
    labels: Any = None

    @property
    def folder(self) -> Path:
        """The run folder."""
        return Path(self.source.out)

    @property
    def named(self) -> bool:
        """Whether all the data is named by paths."""
        return all(data is None or is_named(data) for data in (self.source.data, self.target, self.labels))

    def check(self) -> AdaptConfig:
        """Return the configuration itself.

        Raises
        ------
        OptionError : a number is outside what it may be, a method does not exist, or the shares of the mix do not
            sum to 1.
        """
        self.source.check()
        self._check_methods()
        low = [name for name, share in self.mix.items() if not 0 <= share <= 1]
        if low:
            raise OptionError(
                f"A share of `--target-mix` must be from 0 to 1. Got {low[0]}={self.mix[low[0]]:g}. "
                "Try --target-mix positive=0.3,negative=0.7."
            )
        total = sum(self.mix.values())
        if self.mix and abs(total - 1) > SUM_TOLERANCE:
            raise OptionError(
                f"The shares of `--target-mix` must sum to 1. Got {total:g}. Name every class with its share."
            )
        return self

    def _check_methods(self) -> None:
        """Refuse a name that is no method, and "auto" beside others.

        Raises
        ------
        OptionError : there is one.
        """
        require_known("adaptation", self.methods, option="--strategy")
        if len(self.methods) > 1 and AUTO[0] in self.methods:
            raise OptionError(
                f"`--strategy` must be auto alone, or names without it. Got {listed(self.methods)}. "
                "Leave auto out, or name all that is to be tried."
            )

    def shares(self, task: Task) -> np.ndarray | None:
        """Return the share of every class (classes,), 0 for one that is not named; None where nothing is known.

        Raises
        ------
        OptionError : a class does not exist; the nearest is suggested.
        """
        if not self.mix:
            return None
        for name in self.mix:
            if name not in task.classes:
                raise OptionError(
                    f"`--target-mix` must name classes of the source. There is no class '{name}'; there are: "
                    f"{listed(task.classes, 20)}.{nearest(name, task.classes)}"
                )
        found = np.array([self.mix.get(name, 0.0) for name in task.classes])
        return np.asarray(found / found.sum())

    def to_json(self) -> dict[str, Any]:
        """Return what decides the result, as plain values."""
        labels = None if self.labels is None else said(self.labels)
        own = {"to": said(self.target), "methods": list(self.methods), "mix": dict(self.mix), "labels": labels}
        return {**self.source.to_json(), "command": "adapt", **own}
