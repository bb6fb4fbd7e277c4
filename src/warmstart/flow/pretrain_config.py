"""What `pretrain` is asked to do, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.errors import OptionError
from warmstart.flow.config import FitConfig

AUTO = "auto"


@dataclass(frozen=True)
class PretrainConfig:
    """The resolved options of one pre-training.

    Parameters
    ----------
    fit : what it shares with a fit: data, input column, source, cut, budget, seed, threads, run folder; its target is
        the label column of the judging data.
    method : the name of a `pretraining` part, or "auto": the modality's default.
    judge : labelled data on which the new source is compared with the old one; None where there is none.
    """

    fit: FitConfig
    method: str = AUTO
    judge: str | None = None

    @property
    def folder(self) -> Path:
        """The run folder."""
        return Path(self.fit.out)

    def check(self) -> PretrainConfig:
        """Return the configuration itself.

        Raises
        ------
        OptionError : a number is outside what it may be, or a label column is named and no data to judge with.
        """
        self.fit.check()
        if self.fit.options.target is not None and self.judge is None:
            raise OptionError(
                f"`--target` names the label column of the data given to --judge. Got '{self.fit.options.target}' "
                "and no --judge. Pre-training itself reads no labels."
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what decides the result, as plain values."""
        return {**self.fit.to_json(), "command": "pretrain", "method": self.method, "judge": self.judge}
