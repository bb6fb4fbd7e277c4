"""The user's rows, which part each of them has, and the sources that may be taken: the same for `fit` and `rank`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.split import Split
from warmstart.errors import SourceError
from warmstart.flow.earlier_split import save_split, split_from
from warmstart.flow.few_labels import require_enough
from warmstart.flow.joined import join_test
from warmstart.flow.load import Loaded
from warmstart.flow.rank import Sample
from warmstart.flow.sources import Contender, contenders
from warmstart.flow.split import Rows, describe_rows, is_cross_fitted, make_split
from warmstart.flow.workbench import Tools

SEEN_SHARE = 0.5


@dataclass(frozen=True)
class Parted:
    """What is known of the rows before any source looks at them.

    Parameters
    ----------
    entrants : the sources that may be taken.
    crossed : whether every row is tested once, by outer folds.
    seen : rows (rows,) that a source saw before, or that belong together with one: they judge nothing.
    """

    loaded: Loaded
    rows: Rows
    entrants: list[Contender]
    crossed: bool
    seen: np.ndarray
    split: Split

    @property
    def sample(self) -> Sample:
        """The rows that a source may be looked at with."""
        return Sample(self.rows.codes, np.setdiff1d(self.split.rows("train"), np.flatnonzero(self.seen)))


def part_rows(tools: Tools) -> Parted:
    """Load the data and split it, once: the run keeps the split.

    Raises
    ------
    DataError : there are too few rows, or groups, to be tested.
    SourceError : a source saw so many of the rows that it cannot be judged on the others.
    """
    with tools.watch.measure("load"):
        loaded = load_data(tools)
    rows = describe_rows(loaded.dataset, loaded.task, loaded.duplicate_of)
    crossed = is_cross_fitted(rows, given="test" in (loaded.dataset.roles or ()))
    if crossed:
        require_enough(rows, len(loaded.task.classes))
    entrants = contenders(tools.config.source, loaded.dataset.modality)
    seen = _seen_before(loaded, rows, entrants, crossed)
    return Parted(loaded, rows, entrants, crossed, seen, _split(tools, loaded, rows, seen, crossed))


def load_data(tools: Tools) -> Loaded:
    """Read and check the data; join the test data, or take over an earlier split.

    Raises
    ------
    RunConflict : the run was begun on other rows or other labels.
    """
    config = tools.config
    modality = None if config.task == "auto" else config.task
    loaded = tools.load(config.data, modality=modality)
    if config.test is not None:
        loaded = join_test(loaded, tools.load(config.test, modality=modality))
    if config.split_from is not None:
        loaded = dataclasses.replace(loaded, dataset=split_from(Path(config.split_from), loaded.dataset))
    tools.run.require_same("data", loaded.dataset)
    return loaded


def _seen_before(loaded: Loaded, rows: Rows, entrants: Sequence[Contender], crossed: bool) -> np.ndarray:
    """Return a mask (rows,) of what a source saw before, or a row of one unit with it: it may train, and judge nothing.

    Raises
    ------
    SourceError : a source saw so many rows that it cannot be judged on the others.
    """
    labelled, seen = rows.codes != UNLABELLED, np.zeros(len(loaded.dataset), dtype=bool)
    for one in entrants:
        before = np.isin(loaded.dataset.hashes or (), list(one.card.rows_seen()))
        if not before.any():
            continue
        together = np.isin(rows.together, rows.together[before])
        if crossed or before.mean() > SEEN_SHARE or len(np.unique(rows.codes[labelled & ~together])) < 2:
            raise SourceError(
                f"The source '{one.card.name}' was trained on {before.sum()} of these {len(before)} rows, and the "
                "others are too few to judge it on. Name another source with --source."
            )
        seen |= together
    return seen


def _split(tools: Tools, loaded: Loaded, rows: Rows, seen: np.ndarray, crossed: bool) -> Split:
    """Split once, and keep the split in the run; rows that a source saw before may train only."""
    if crossed:
        split = Split(np.where(rows.codes == UNLABELLED, "unlabelled", "train").astype("<U12"))
    else:
        split = make_split(loaded.dataset, rows, test_size=tools.config.test_size, seed=tools.config.seed, seen=seen)
    save_split(tools.run.folder, loaded.dataset, split)
    return split
