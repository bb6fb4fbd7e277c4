"""Some labelled rows of the target: the choice is measured on them instead of estimated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import Dataset
from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task, resolve_metric
from warmstart.errors import DataError, listed
from warmstart.flow.adapt.choice import Adaptation
from warmstart.flow.adapt.target_rows import Target, column_of
from warmstart.flow.adapt.tried import SOURCE_ONLY
from warmstart.flow.choose import ROUNDING
from warmstart.flow.load import Loaded, find_reader
from warmstart.flow.split import describe_rows
from warmstart.flow.workbench import Tools
from warmstart.learning.clustered import dependent
from warmstart.learning.metrics import METRICS
from warmstart.readers._base import ReadOptions
from warmstart.readers.table import SUFFIXES

FEWEST = 50
FOLDS = 5
DELIVERED = "delivered"


@dataclass(frozen=True)
class Labelled:
    """Rows of the target with labels.

    Parameters
    ----------
    codes : class codes of the task of the source (rows,).
    folds : fold number a row (rows,); rows that belong together share one.
    together : unit number a row (rows,), of copies and of the groups where they were named.
    seen : how many more there were, that a source network was trained on.
    """

    dataset: Dataset
    codes: np.ndarray
    folds: np.ndarray
    together: np.ndarray
    seen: int = 0


def load_labels(
    tools: Tools, source: Loaded, target: Target, seen: Collection[str], *, named: Any, data: Any
) -> Labelled:
    """Read the labelled rows; those that stand in the source, or are of none of its classes, are left out.

    Left out is also what a network was trained on, and its copies: it would be judged by what it learned.

    Parameters
    ----------
    seen : content hashes of the rows that the source networks were trained on.
    named : labelled data, a path or Python data, or the label column of the target's own table.
    data : the target's own.

    Raises
    ------
    DataError : there are too few rows.
    RunConflict : the run was begun with others.
    """
    task = source.task
    found, options = _where(tools, source, target, named, data)
    loaded = tools.load(found, modality=task.modality, options=options)
    tools.run.require_same("labelled target", loaded.dataset)
    codes, hashes = loaded.dataset.codes(task), np.array(loaded.dataset.hashes or ())
    rows = describe_rows(loaded.dataset, task, loaded.duplicate_of)
    stands = [*(source.dataset.hashes or ()), *np.array(target.dataset.hashes or ())[target.stands]]
    usable = (codes >= 0) & ~np.isin(hashes, stands)
    learnt = usable & np.isin(rows.together, rows.together[np.isin(hashes, list(seen))])
    kept = np.flatnonzero(usable & ~learnt)
    if len(kept) < FEWEST:
        raise DataError(
            f"`--target-labels` needs at least {FEWEST} rows labelled with the source's classes that do not stand in "
            f"the source. Got {len(kept)}.{_seen(learnt)}{_other_names(loaded.task, task)} Label more, or leave it: "
            "the gain is then estimated."
        )
    folds = rows.folds(kept, FOLDS, seed=tools.config.seed)
    return Labelled(loaded.dataset.take(kept), codes[kept], folds, rows.together[kept], int(learnt.sum()))


def _where(tools: Tools, source: Loaded, target: Target, named: Any, data: Any) -> tuple[Any, ReadOptions]:
    """Return the data that holds the labels, and how it is to be read."""
    own = tools.config.options
    if not isinstance(named, str) or Path(named).exists() or _meant_as_path(named):
        data = Path(named) if isinstance(named, str) else named
        options = ReadOptions(column_of(data, source.dataset, own), own.target, groups=own.groups)
    else:
        data = Path(data) if isinstance(data, str) else data
        options = ReadOptions((target.dataset.inputs[0].name,), named, groups=own.groups)
    return data, _with_groups_that_are_there(data, options)


def _with_groups_that_are_there(data: Any, options: ReadOptions) -> ReadOptions:
    """Return the options, without groups where the data has them not: they may be the source's alone."""
    if options.groups is None:
        return options
    try:
        find_reader(data).read(data, options)
    except DataError:
        return replace(options, groups=None)
    return options


def _meant_as_path(named: str) -> bool:
    """Return whether a name of which there is no file is that of a file all the same, and of no column."""
    return Path(named).name != named or Path(named).suffix.casefold() in SUFFIXES


def _seen(learnt: np.ndarray) -> str:
    """Say how many rows (rows,) a source network was trained on, where there are some."""
    if not learnt.any():
        return ""
    return f" On {learnt.sum():,} more, or on copies of them, a source network was trained: they cannot judge it."


def _other_names(found: Task, task: Task) -> str:
    """Say which labels are none of the source's classes, where there are some."""
    others = [name for name in found.classes if name not in task.classes]
    return f" There are rows of {listed(others)}, and its classes are {listed(task.classes)}." if others else ""


def by_labels(
    options: Sequence[Adaptation], proba: Mapping[str, np.ndarray], labelled: Labelled, task: Task, tools: Tools
) -> tuple[Adaptation, Evidence]:
    """Return what is best on the labelled rows, and what choosing so is worth on rows that did not choose.

    Every row is answered by what was best on the folds that do not hold it (cross-fitted).

    Parameters
    ----------
    options : what may be delivered, what changes least first; the first is not to adapt.
    proba : per option, its probabilities for the labelled rows (rows, classes).
    """
    metric = resolve_metric(tools.config.metric, labelled.codes)
    codes = {name: values.argmax(axis=1) for name, values in proba.items()}
    crossed = np.zeros_like(proba[SOURCE_ONLY])
    for fold in np.unique(labelled.folds):
        held = labelled.folds == fold
        best = _best(options, codes, labelled.codes, ~held, metric, tools.config.tolerance)
        crossed[held] = proba[best.name][held]
    everything = np.ones(len(labelled.codes), dtype=bool)
    best = _best(options, codes, labelled.codes, everything, metric, tools.config.tolerance)
    why = (
        f"On {len(labelled.codes):,} labelled rows of the target nothing is better by more than "
        f"{100 * tools.config.tolerance:g} points, and of what is as good it changes least."
    )
    return replace(best, why=why, by="labels"), _evidence(labelled, task, metric, crossed, proba)


def _best(
    options: Sequence[Adaptation],
    codes: Mapping[str, np.ndarray],
    truth: np.ndarray,
    rows: np.ndarray,
    metric: str,
    tolerance: float,
) -> Adaptation:
    """Return the first option that is at most the tolerance worse than the best on some rows."""
    values = [METRICS[metric](truth[rows], codes[one.name][rows]) for one in options]
    near = [value >= max(values) - tolerance - ROUNDING for value in values]
    return options[near.index(True)]


def _evidence(
    labelled: Labelled, task: Task, metric: str, crossed: np.ndarray, proba: Mapping[str, np.ndarray]
) -> Evidence:
    """Return the evidence: the procedure against every option, on identical rows."""
    alone = {name: Predictions(values, values.argmax(axis=1)) for name, values in proba.items()}
    dataset = labelled.dataset
    return Evidence(
        task=task,
        metric=metric,
        evaluation="cross-fitted",
        ids=dataset.ids,
        truth=labelled.codes,
        chosen=DELIVERED,
        candidate=DELIVERED,
        control=SOURCE_ONLY,
        predictions={DELIVERED: Predictions(crossed, crossed.argmax(axis=1)), **alone},
        groups=dependent(labelled.together, named=dataset.groups is not None),
        hashes=dataset.hashes or (),
    )
