"""What `fit` is asked to do, in plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from warmstart.core.task import METRICS
from warmstart.errors import MissingExtra, NotApplicable, OptionError, listed
from warmstart.learning.group_table import require_fairlearn
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Examples

AUTO = ("auto",)
PRECISIONS = ("auto", "fp32", "int8")
MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class FitConfig:
    """The resolved options of one run.

    Parameters
    ----------
    data : a path, or Python data that a reader claims.
    options : how the data is to be read.
    out : the run folder.
    task : "auto", or the modality of the inputs ("image", "text").
    test_size : share of the rows that is sealed as the test part, above 0 and at most 0.5.
    test : further data that is the test part, instead of a share of `data`.
    split_from : an earlier run whose split is used again.
    source : names of candidate sources, or "auto".
    strategy : names of strategies that may enter, or "auto".
    cut : name of the stage to cut after, or "auto".
    metric : "auto", "accuracy", "balanced_accuracy" or "macro_f1".
    tolerance : loss in the metric (0.003 is 0.3 point) at which a candidate that forgets less is taken.
    budget : seconds from the start of the process to the verified bundle.
    seed : of everything random.
    threads : processor threads; 0 for as many as there are.
    reference : a labelled set on which to measure how much of the source is left.
    l2_sp : strength with which `partial` and `full` hold weights near the source's; 0 for none.
    row_data : whether the bundle carries per-row evidence.
    precision : "auto", "fp32" or "int8": what the delivered graph computes in.
    """

    data: Any
    options: ReadOptions = field(default_factory=ReadOptions)
    out: Path = Path("runs/run")
    task: str = "auto"
    test_size: float = 0.2
    test: str | None = None
    split_from: str | None = None
    source: tuple[str, ...] = AUTO
    strategy: tuple[str, ...] = AUTO
    cut: str = "auto"
    metric: str = "auto"
    tolerance: float = 0.003
    budget: float = 300.0
    seed: int = 0
    threads: int = 0
    reference: str | None = None
    l2_sp: float = 0.0
    row_data: bool = True
    precision: str = "auto"

    def check(self) -> FitConfig:
        """Return the configuration itself.

        Raises
        ------
        OptionError : a number is outside what it may be.
        MissingExtra : columns are to be audited, and what counts by group is not installed.
        """
        if not 0 < self.test_size <= 0.5:
            raise OptionError(f"`test_size` must be above 0 and at most 0.5. Got {self.test_size}. Try 0.2.")
        if not 0 <= self.tolerance < 1:
            raise OptionError(f"`tolerance` must be from 0 to 1, as a share. Got {self.tolerance}. 0.003 is 0.3 point.")
        if self.budget <= 0:
            raise OptionError(f"`budget` must be above 0 seconds. Got {self.budget:g}. Try 5m.")
        check_seed_and_threads(self.seed, self.threads)
        if self.metric not in ("auto", *METRICS):
            raise OptionError(f"`metric` must be one of: auto, {listed(METRICS)}. Got '{self.metric}'. Try auto.")
        if not 0 <= self.l2_sp < float("inf"):
            raise OptionError(f"`l2_sp` must be 0, for none, or a finite number above. Got {self.l2_sp:g}. Try 0.01.")
        if self.precision not in PRECISIONS:
            raise OptionError(f"`precision` must be one of: {listed(PRECISIONS)}. Got '{self.precision}'. Try auto.")
        check_auditing(self.data, self.options)
        if self.test is not None and self.split_from is not None:
            raise OptionError("`test` and `split_from` both name the test rows. Give one of them.")
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what decides the result, as plain values; Python data is named by its kind only."""
        plain = asdict(replace(self, data=None))
        plain["data"] = said(self.data)
        plain["out"] = str(self.out)
        plain["options"] = asked(self.options)
        return _lists(plain)


def check_seed_and_threads(seed: int, threads: int) -> None:
    """Refuse what no random generator and no engine takes.

    Raises
    ------
    OptionError : it is such a number.
    """
    if not 0 <= seed <= MOST_SEED:
        raise OptionError(f"`seed` must be a whole number from 0 to {MOST_SEED}. Got {seed}. Try 0.")
    if threads < 0:
        raise OptionError(f"`threads` must be 0, for as many as there are, or more. Got {threads}. Try 0.")


def check_auditing(data: Any, options: ReadOptions) -> None:
    """Refuse columns to audit where they cannot be, before anything is computed for them.

    Raises
    ------
    MissingExtra : what counts by group is not installed.
    """
    if not options.attributes and not (isinstance(data, Examples) and data.attributes):
        return
    try:
        require_fairlearn()
    except NotApplicable as reason:
        raise MissingExtra(f"No columns can be audited: {reason}") from None


def asked(options: ReadOptions) -> dict[str, Any]:
    """Return how data is to be read, as plain values."""
    return _lists(asdict(options))


def said(data: Any) -> str:
    """Return what data is called in run.json: its path, or its kind where it is in memory."""
    return str(data) if is_named(data) else f"<{type(data).__name__}>"


def is_named(data: Any) -> bool:
    """Return whether data is named by a path; what is in memory has no name that tells it from other data."""
    return isinstance(data, str | Path)


def _lists(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the values with tuples as lists, as they are when they are read back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
