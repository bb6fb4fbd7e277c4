"""What the steps of one experiment share: the data, the source, the plan, and where to report to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.evidence import DataFacts
from warmstart.core.material import Material
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import Representation
from warmstart.core.split import Split
from warmstart.flow.config import FitConfig
from warmstart.flow.load import Loaded, load
from warmstart.flow.plan import Plan
from warmstart.flow.run import Run
from warmstart.flow.split import Rows
from warmstart.readers._base import ReadOptions
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.training.allocator import give_back

Leader = Callable[[str], None]


def nobody(text: str) -> None:
    """Name no leader."""


@dataclass
class Stopwatch:
    """Seconds by step of a run."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add the time that the block takes to a step, and return the memory that it freed."""
        start = time.perf_counter()
        try:
            yield
        finally:
            give_back()
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


@dataclass
class Tools:
    """What every step may use.

    Parameters
    ----------
    run : the open run folder.
    decoder : decodes inputs in processes that can be killed.
    cache : representations and graphs.
    threads : how many the engines may use.
    """

    config: FitConfig
    run: Run
    decoder: Decoder
    cache: Cache
    threads: int
    watch: Stopwatch = field(default_factory=Stopwatch)
    progress: Progress = silent
    leader: Leader = nobody

    def load(self, data: Any, *, modality: str | None, options: ReadOptions | None = None) -> Loaded:
        """Read and look through data with what this run decodes, keeps and reports to: see `load`.

        Parameters
        ----------
        options : how it is to be read; as the run's own data by default.
        """
        return load(
            data,
            self.config.options if options is None else options,
            decoder=self.decoder,
            progress=self.progress,
            modality=modality,
            cache=self.cache,
        )


@dataclass
class Workbench:
    """An experiment once its data is loaded, its source chosen and its plan made.

    Parameters
    ----------
    material : rows, labels, source and representation.
    rows : codes, strata and units of the rows.
    metric : the name of the metric that judges.
    split : the role of every row; with outer folds, every labelled row is "train".
    crossed : whether every row is tested once, by five outer folds.
    few : whether there are so few labels that candidates are judged by repeated cross-validation.
    ranking : the candidate sources and cuts from best to worst.
    ranking_reason : why the source was taken; "" where there was no other.
    prepared : per control name, what it reads, made without labels.
    views : representations under changed views, by name.
    answered : with few labels, what a trained model answers for the rows that it did not see, (rows, classes), by the
        name of its trial and the rows that it was fitted on.
    """

    tools: Tools
    material: Material
    rows: Rows
    metric: str
    plan: Plan
    facts: DataFacts
    split: Split
    crossed: bool
    few: bool
    ranking: list[dict[str, Any]]
    ranking_reason: str = ""
    prepared: dict[str, Any] = field(default_factory=dict)
    views: dict[str, Representation] = field(default_factory=dict)
    answered: dict[tuple[str, bytes], np.ndarray] = field(default_factory=dict)

    def shares(self, rows: np.ndarray) -> np.ndarray:
        """Return the share of every class among some labelled rows, (classes,)."""
        return np.bincount(self.material.codes[rows], minlength=self.material.classes) / max(len(rows), 1)

    def checkpoint(self, scope: str, name: str) -> Path:
        """Return the folder that keeps the state of one training."""
        return self.tools.run.checkpoint(f"{scope}-{name}")

    def pays_for(self, step: str) -> bool:
        """Return whether the budget was not spent yet when a step after delivery began; a resumed run does the same."""
        in_time = self.tools.run.elapsed() < self.plan.budget_seconds
        return bool(self.tools.run.settle(f"pays for {step}", in_time))
