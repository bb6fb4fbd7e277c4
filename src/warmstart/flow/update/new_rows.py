"""Rows that a bundle is updated with: new to it, labelled, and apart from those that it was tested on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.evidence import DataFacts
from warmstart.core.note import Note
from warmstart.core.progress import Progress, silent
from warmstart.core.task import Task
from warmstart.errors import DataError
from warmstart.flow.load import load
from warmstart.flow.on_new_data import known_rows, with_input
from warmstart.flow.split import describe_rows
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

FEWEST = 2
"""Of a new class so many rows at least: of one row nobody can say how its class varies."""


class LeftOut(NamedTuple):
    """Rows that are not used: why, as a code and a sentence, and which, as a mask (rows,)."""

    code: str
    rows: np.ndarray
    sentence: str


@dataclass(frozen=True)
class NewRows:
    """What is new to a bundle.

    Parameters
    ----------
    dataset : the rows that are used, and no others.
    task : the bundle's classes in their order, then the new ones.
    codes : class codes (rows,).
    tested : mask (rows,) of the rows that are held back to test on.
    together : unit number a row (rows,): rows of one unit are on one side.
    facts : what loading found out, with a note for every kind of row that is left out.
    """

    dataset: Dataset
    task: Task
    codes: np.ndarray
    tested: np.ndarray
    together: np.ndarray
    facts: DataFacts


def new_rows(
    bundle: Bundle,
    data: Any,
    options: ReadOptions,
    *,
    test_size: float,
    seed: int,
    decoder: Decoder,
    progress: Progress = silent,
    cache: Cache | None = None,
) -> NewRows:
    """Read the data and sort its rows.

    Raises
    ------
    PathError, DataError : the data cannot be used, a class differs from a known one by case alone, or no
        labelled row to learn from is new to the bundle.
    """
    named = with_input(bundle, data, options)
    known = bundle.task.classes
    loaded = load(data, named, decoder=decoder, progress=progress, modality=bundle.input_kind, cache=cache, known=known)
    _require_other_names(known, loaded.task.classes, loaded.dataset.name)
    dataset, codes = loaded.dataset, loaded.dataset.codes(loaded.task)
    sorted_out = _left_out(bundle, dataset, codes)
    used = np.flatnonzero(~np.any([rows for _, rows, _ in sorted_out], axis=0))
    if not len(used):
        raise DataError(_nothing_new(dataset, sorted_out))
    rows = describe_rows(dataset, loaded.task, loaded.duplicate_of)
    tested = np.zeros(len(dataset), dtype=bool)
    tested[_to_test(dataset, used, rows.part(used, test_size, seed=seed)[1])] = True
    sorted_out.append(beside := _beside_tested(rows.together, used, tested))
    used = used[~beside.rows[used]]
    notes = tuple(Note(code, said, {"rows": int(mask.sum())}) for code, mask, said in sorted_out if mask.any())
    facts = dataclasses.replace(loaded.facts, notes=(*loaded.facts.notes, *notes))
    found = NewRows(dataset.take(used), loaded.task, codes[used], tested[used], rows.together[used], facts)
    found = _with_enough(found, known)
    if found.tested.all():
        raise DataError(_nothing_new(dataset, sorted_out, " The others are to be tested on."))
    return found


def _require_other_names(known: Sequence[str], classes: Sequence[str], data: str) -> None:
    """Refuse a new class whose name is another's but for case and spaces around it.

    Raises
    ------
    DataError : there is one.
    """
    folded: dict[str, str] = {}
    for name in classes:
        other = folded.setdefault(name.strip().casefold(), name)
        if other != name and name not in known:
            raise DataError(
                f"A new class must not differ from another by case alone. {data} has '{name}', and there is '{other}'. "
                "Rename it there, to the other's name where they are one class."
            )


def _left_out(bundle: Bundle, dataset: Dataset, codes: np.ndarray) -> list[LeftOut]:
    """Return which rows cannot be used, a kind each."""
    unlabelled = codes == UNLABELLED
    seen, test = (mask & ~unlabelled for mask in known_rows(bundle, dataset))
    return [
        LeftOut("unlabelled", unlabelled, f"{_rows(unlabelled)} without a label left out."),
        LeftOut("seen_in_training", seen, f"{_rows(seen)} what the bundle was fitted on already, and left out."),
        LeftOut(
            "in_the_test_part", test, f"{_rows(test)} what the bundle was tested on, and left out: it stays unseen."
        ),
    ]


def _beside_tested(together: np.ndarray, used: np.ndarray, tested: np.ndarray) -> LeftOut:
    """Return which rows belong together with one that is tested: a split that the user made may part them."""
    beside = np.zeros(len(together), dtype=bool)
    beside[used] = np.isin(together[used], together[tested])
    beside &= ~tested
    said = f"{_rows(beside)} like a test row, or in its group, and left out."
    return LeftOut("copies_of_the_test_part", beside, said)


def _rows(mask: np.ndarray) -> str:
    count = int(mask.sum())
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _nothing_new(dataset: Dataset, sorted_out: Sequence[LeftOut], others: str = "") -> str:
    said = " ".join(sentence for _, mask, sentence in sorted_out if mask.any())
    return f"{dataset.name} must hold labelled rows that are new to the bundle. {said}{others} Give others."


def _to_test(dataset: Dataset, used: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the rows to test on: those that the user's own split names so, else those that were drawn."""
    if dataset.roles is None or "test" not in dataset.roles:
        return drawn
    return np.asarray(used[np.array(dataset.roles)[used] == "test"])


def _with_enough(rows: NewRows, known: Sequence[str]) -> NewRows:
    """Return the rows, those of a new class with few rows all to learn from.

    Raises
    ------
    DataError : a new class has fewer rows than that.
    """
    tested = rows.tested.copy()
    for code in range(len(known), len(rows.task.classes)):
        of_class = rows.codes == code
        if of_class.sum() < FEWEST:
            raise DataError(
                f"A new class needs at least {FEWEST} rows to learn from. '{rows.task.classes[code]}' has "
                f"{of_class.sum()}. Add some, or name the other classes with --classes."
            )
        if (of_class & ~tested).sum() < FEWEST:
            tested[np.isin(rows.together, rows.together[of_class])] = False
    return dataclasses.replace(rows, tested=tested)
