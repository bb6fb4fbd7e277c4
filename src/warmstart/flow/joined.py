"""Test rows that the user brings in data of their own."""

from __future__ import annotations

import dataclasses

import numpy as np

from warmstart.core.dataset import Dataset
from warmstart.errors import DataError
from warmstart.flow.load import Loaded, described
from warmstart.modalities._base import Inspection
from warmstart.readers._columns import stands_alone


def join_test(loaded: Loaded, test: Loaded) -> Loaded:
    """Return the data with the rows of `test` appended as its test part, and looked through for copies anew.

    Raises
    ------
    DataError : the test part is of another modality, or has a class that the training data lacks.
    """
    if test.dataset.modality != loaded.dataset.modality:
        raise DataError(
            f"The test data must hold {loaded.dataset.modality} inputs, as the training data does. "
            f"'{test.dataset.name}' holds {test.dataset.modality} inputs."
        )
    unknown = sorted(set(test.task.classes) - set(loaded.task.classes))
    if unknown:
        raise DataError(f"The test data has the class '{unknown[0]}', and the training data has no row of it.")
    merged = described(_concatenate(loaded.dataset, test.dataset), loaded.task, _both(loaded, test))
    return dataclasses.replace(merged, facts=dataclasses.replace(merged.facts, rare=loaded.facts.rare))


def _own_group(group: str) -> str:
    """Return a group of the second data; rows without one are counted anew there, and are not those of the first."""
    return f"test: {group}" if stands_alone(group) else group


def _both(one: Loaded, two: Loaded) -> Inspection:
    """Return what looking at the rows of both told."""
    first, second = one.inspection, two.inspection
    arrays = {name: np.concatenate([values, second.arrays[name]]) for name, values in first.arrays.items()}
    return Inspection((*first.hashes, *second.hashes), arrays)


def _concatenate(one: Dataset, two: Dataset) -> Dataset:
    """Return the rows of both, those of the second with the role "test"."""
    there = set(one.ids)
    names = [f"test: {name}" if name in there else name for name in two.ids]
    column = dataclasses.replace(one.inputs[0], cells=[*one.inputs[0].cells, *two.inputs[0].cells])

    def both(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if first is None or second is None else (*first, *second)

    shared = [name for name in one.attributes if name in two.attributes]
    return dataclasses.replace(
        one,
        inputs=(column,),
        ids=(*one.ids, *names),
        labels=(*(one.labels or (None,) * len(one)), *(two.labels or (None,) * len(two))),
        groups=both(one.groups, None if two.groups is None else tuple(map(_own_group, two.groups))),
        attributes={name: (*one.attributes[name], *two.attributes[name]) for name in shared},
        aside={name: (*values, *two.aside.get(name, ("",) * len(two))) for name, values in one.aside.items()},
        roles=(*("" if role == "test" else role for role in one.roles or ("",) * len(one)), *("test",) * len(two)),
        hashes=both(one.hashes, two.hashes),
        skipped=(*one.skipped, *two.skipped),
        notes=(*one.notes, *two.notes),
    )
