"""The inputs to adapt to: read without their labels, and compared with the labelled rows."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.errors import DataError
from warmstart.flow.inspected import inspected
from warmstart.flow.load import find_reader, readable
from warmstart.flow.workbench import Tools
from warmstart.modalities._base import Inspection, Modality
from warmstart.readers._base import ReadOptions

FEWEST = 20


@dataclass(frozen=True)
class Target:
    """Unlabelled rows, and which of them stand among the labelled ones.

    Parameters
    ----------
    dataset : the readable rows, without labels.
    exact, near : rows (rows,) of bool that repeat a labelled row: by equal content, or but for re-encoding.
    near_compared : whether near duplicates can be told at all; images of one kind of object look too alike.
    same_name : how many further rows have the file name of a labelled one.
    """

    dataset: Dataset
    exact: np.ndarray
    near: np.ndarray
    near_compared: bool = True
    same_name: int = 0

    @property
    def stands(self) -> np.ndarray:
        """Mask (rows,) of the rows that stand in the source."""
        return np.asarray(self.exact | self.near)

    @property
    def new(self) -> np.ndarray:
        """Row numbers of the target that stand nowhere in the source."""
        return np.flatnonzero(~self.stands)

    def sentence(self) -> str:
        """Say how many rows stand in the source."""
        exact, near = int(self.exact.sum()), int((self.near & ~self.exact).sum())
        parts = [f"{count:,} {how}" for count, how in ((exact, "as they are"), (near, "nearly so")) if count]
        said = "No row of the target stands in the source."
        if parts:
            said = (
                f"Some of the {len(self.dataset):,} rows of the target stand in the source too, "
                f"{' and '.join(parts)}: they get answers, and are left out of everything that is estimated."
            )
        if not self.near_compared:
            said += " The images are too much alike to tell near duplicates."
        if self.same_name:
            said += (
                f" {self.same_name:,} others have the file name of a source row; if they show the same thing, "
                "the target is less new than it seems."
            )
        return said


def load_target(tools: Tools, source: Dataset, data: Any) -> Target:
    """Read the inputs to adapt to, and find those that stand in the source.

    Raises
    ------
    PathError : the path does not exist.
    DataError : they are of another modality, there are none or too few, or they are the source's own rows.
    """
    options = tools.config.options
    data = Path(data) if isinstance(data, str) else data
    named = ReadOptions(inputs=column_of(data, source, options), unlabelled=True, kind=source.modality)
    dataset = find_reader(data).read(data, named)
    if dataset.modality != source.modality:
        raise DataError(
            f"The target must hold {source.modality} inputs, as the source does. {dataset.name} holds "
            f"{dataset.modality} inputs. Name the right column with --input, or give other data to --to."
        )
    kind: Modality = part("modalities", dataset.modality)()
    found = inspected(kind, dataset.inputs[0].cells, decoder=tools.decoder, progress=tools.progress, cache=tools.cache)
    dataset, found = readable(dataset, found)
    target = _compared(tools, kind, source, dataset, found)
    _check(target)
    return target


def column_of(data: Any, source: Dataset, options: ReadOptions) -> tuple[str, ...]:
    """Return the input column of the target's data: the one that is named, else the source's, where it is there.

    Elsewhere it is the likeliest beside the labels: they may stand there, and are no inputs. None where neither
    can be read.
    """
    if options.inputs:
        return options.inputs
    same = ReadOptions(inputs=(source.inputs[0].name,), unlabelled=True, kind=source.modality)
    beside_labels = [ReadOptions(target=name, kind=source.modality) for name in (options.target, None)]
    for tried in (same, *beside_labels):
        with contextlib.suppress(DataError):
            found = find_reader(data).read(data, tried).inputs[0]
            if found.kind == source.modality:
                return (found.name,)
    return ()


def _check(target: Target) -> None:
    """Refuse a target to which nothing can be adapted.

    Raises
    ------
    DataError : it is the source again, or hardly anything is new in it.
    """
    rows, new = len(target.dataset), len(np.unique(np.array(target.dataset.hashes or ())[target.new]))
    if not new:
        raise DataError(
            f"There is nothing to adapt to: all {rows:,} rows of the target {target.dataset.name} stand in the source. "
            "Give inputs of another domain to --to."
        )
    if new < FEWEST:
        raise DataError(
            f"Adapting needs at least {FEWEST} different target inputs that do not stand in the source. Got {new} in "
            f"{target.dataset.name}. Gather more; a few inputs are answered by `warmstart fit` and `warmstart predict`."
        )


def _compared(tools: Tools, kind: Modality, source: Dataset, target: Dataset, found: Inspection) -> Target:
    """Return the target with the rows that repeat a source row."""
    known = inspected(kind, source.inputs[0].cells, decoder=tools.decoder, cache=tools.cache)
    both = Inspection(
        (*known.hashes, *found.hashes),
        {name: np.concatenate([known.arrays[name], values]) for name, values in found.arrays.items()},
    )
    exact = np.isin(found.hashes, known.hashes)
    pairs = kind.near_duplicates([*source.inputs[0].cells, *target.inputs[0].cells], both)
    near = np.zeros(len(target), dtype=bool)
    if pairs is not None:
        across = (pairs[:, 0] < len(source)) & (pairs[:, 1] >= len(source))
        near[pairs[across, 1] - len(source)] = True
        near = _with_copies(near, found.hashes, pairs[pairs[:, 0] >= len(source)] - len(source))
    return Target(target, exact, near, pairs is not None, _same_names(source, target, ~(exact | near)))


def _with_copies(near: np.ndarray, hashes: Sequence[str], pairs: np.ndarray) -> np.ndarray:
    """Return which target rows (rows,) nearly stand in the source, with the rows that they are copies of.

    Of rows that are alike a search need not compare every one with the source. A row follows one that was
    found there, never a chain of others.

    Parameters
    ----------
    near : the rows that were found to.
    pairs : pairs of target rows (pairs, 2) that are alike, the lower number first.
    """
    copies = near.copy()
    copies[pairs[near[pairs].any(axis=1)]] = True
    return np.isin(hashes, np.array(hashes)[copies])


def _same_names(source: Dataset, target: Dataset, among: np.ndarray) -> int:
    """Return how many of some target rows are files called as a source row is, in a folder of the same name."""
    if not all(_are_paths(one.ids) for one in (source, target)):
        return 0
    return int(np.sum(np.isin(target.ids, source.ids) & among))


def _are_paths(ids: Sequence[str]) -> bool:
    return all("." in name and not name.startswith("row ") for name in ids)
