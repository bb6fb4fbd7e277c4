"""Read the user's data, look at every row once, and say what is wrong with it before anything is trained."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import catalog, part
from warmstart.core.dataset import Dataset, Skipped
from warmstart.core.evidence import DataFacts
from warmstart.core.progress import Progress
from warmstart.core.task import Task
from warmstart.errors import DataError, PathError, nearest
from warmstart.flow.inspected import inspected
from warmstart.learning.duplicates import exact_pairs, stars
from warmstart.modalities._base import Inspection, Modality
from warmstart.readers._base import Reader, ReadOptions
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

NEAR_SHARE = 0.05
FEW_NEAR = 10
RARE_ROWS = 5


@dataclass(frozen=True)
class Loaded:
    """Rows that can be used, and what was found out about them.

    Parameters
    ----------
    dataset : the readable rows, with their hashes; the others are in `dataset.skipped`.
    task : the classes, in the order of their codes.
    facts : what is wrong with the data.
    duplicate_of : for every row, the row it repeats, itself where it repeats none (rows,): rows of one
        star must not be split apart.
    inspection : what looking at every row told.
    """

    dataset: Dataset
    task: Task
    facts: DataFacts
    duplicate_of: np.ndarray
    inspection: Inspection

    @property
    def sizes(self) -> np.ndarray | None:
        """Width and height of every image (rows, 2), or None."""
        return self.inspection.arrays.get("size")


def load(
    data: Any,
    options: ReadOptions | None = None,
    *,
    decoder: Decoder,
    progress: Progress | None = None,
    modality: str | None = None,
    cache: Cache | None = None,
    known: Sequence[str] = (),
) -> Loaded:
    """Read data of any kind that a reader claims.

    Parameters
    ----------
    data : a path, or a Python object.
    modality : what the inputs must be, and which column is looked for; None takes them as they are.
    cache : remembers what looking at image files told, so that a second run does not decode them again.
    known : classes that there are already; those of the data come after them.

    Raises
    ------
    PathError : the path does not exist; the nearest sibling is suggested.
    DataError : nothing can be read, a column is missing, there are fewer than two classes, or an attribute
        makes no groups to compare.
    """
    chosen = options or ReadOptions()
    if modality is not None:
        chosen = dataclasses.replace(chosen, kind=modality)
    data = Path(data) if isinstance(data, str) else data
    dataset = find_reader(data).read(data, chosen)
    if modality is not None and dataset.modality != modality:
        raise DataError(
            f"The inputs must be of kind '{modality}'. {dataset.name} holds '{dataset.modality}' inputs. "
            "Name another column with --input, or give other data."
        )
    kind: Modality = part("modalities", dataset.modality)()
    found = inspected(kind, dataset.inputs[0].cells, decoder=decoder, progress=progress, cache=cache)
    dataset, found = readable(dataset, found)
    _check_attributes(dataset)
    task = Task(tuple(dict.fromkeys((*known, *classes_of(dataset, chosen)))), dataset.modality)
    return described(dataset, task, found)


def find_reader(data: Any) -> Reader:
    """Return the reader that claims the data.

    Raises
    ------
    PathError : the path does not exist; the nearest sibling is suggested.
    DataError : no reader claims it.
    """
    if isinstance(data, Path) and not data.exists():
        siblings = [entry.name for entry in data.parent.iterdir()] if data.parent.is_dir() else []
        raise PathError(
            f"{data} does not exist. It must be a folder of class folders, or a table.{nearest(data.name, siblings)}"
        )
    for entry in catalog("readers").values():
        reader: type[Reader] = entry.load()
        if reader.claims(data):
            return reader()
    got = data.name if isinstance(data, Path) else f"a {type(data).__name__}"
    raise DataError(
        f"There is no reader for {got}. The data must be a folder of class folders, or a table "
        "(.csv, .tsv, .parquet, .jsonl); in Python also lists, frames and Hugging Face datasets."
    )


def classes_of(dataset: Dataset, options: ReadOptions) -> tuple[str, ...]:
    """Return the class names in the order that was asked for, else sorted (whole numbers by value)."""
    there = {label for label in dataset.labels or () if label is not None}
    if options.classes:
        return tuple(name for name in dict.fromkeys(options.classes) if name in there)
    return tuple(sorted(there, key=int) if all(_is_number(name) for name in there) else sorted(there))


def for_source(loaded: Loaded, backbone: Backbone) -> DataFacts:
    """Return the facts, with what a source cannot see of the rows, and the rows that it saw before."""
    kind: Modality = part("modalities", loaded.dataset.modality)()
    notes = kind.source_notes(loaded.dataset.inputs[0].cells, backbone, inspection=loaded.inspection)
    seen = backbone.card.rows_seen()
    overlap = tuple(
        name for name, key in zip(loaded.dataset.ids, loaded.dataset.hashes or (), strict=False) if key in seen
    )
    return dataclasses.replace(loaded.facts, overlap=overlap, notes=(*loaded.facts.notes, *notes))


def _check_attributes(dataset: Dataset) -> None:
    """Refuse a column to audit that has one value, or hardly two rows of any: there is nothing to compare.

    Raises
    ------
    DataError : it is such a column.
    """
    for name, values in dataset.attributes.items():
        known = [value for value in values if value]
        groups = len(set(known))
        if groups < 2:
            got = f"'{known[0]}' in every row" if known else "no value at all"
            raise DataError(
                f"An attribute to audit must have at least two values. '{name}' has {got}. "
                "Name another column with --attributes, or leave it."
            )
        if 2 * groups > len(known):
            raise DataError(
                f"An attribute to audit must have at least two rows a value on average. '{name}' has {groups:,} values "
                f"in {len(known):,} rows. Name a coarser column, such as a site instead of an id."
            )


def _is_number(name: str) -> bool:
    """Return whether a class is named by a whole number."""
    return name.isascii() and name.removeprefix("-").isdigit()


def readable(dataset: Dataset, found: Inspection) -> tuple[Dataset, Inspection]:
    """Leave out and name the rows that cannot be read.

    Raises
    ------
    DataError : that is all of them.
    """
    rows = np.array([row for row in range(len(dataset)) if row not in found.reasons], dtype=np.int64)
    skipped = tuple(Skipped(dataset.ids[row], reason) for row, reason in sorted(found.reasons.items()))
    if not len(rows):
        first = f" {skipped[0].id} {skipped[0].reason}." if skipped else ""
        raise DataError(
            f"None of the {len(dataset)} rows of {dataset.name} can be read.{first} "
            "Mend them, or, of a table, name another column with --input."
        )
    if len(rows) == len(dataset):
        return dataclasses.replace(dataset, hashes=found.hashes), found
    hashes = tuple(found.hashes[row] for row in rows)
    kept = dataclasses.replace(dataset.take(rows), hashes=hashes, skipped=(*dataset.skipped, *skipped))
    return kept, Inspection(hashes, {name: values[rows] for name, values in found.arrays.items()}, {})


def described(dataset: Dataset, task: Task, found: Inspection) -> Loaded:
    """Say which rows repeat which, and what else is wrong; every row is readable."""
    kind: Modality = part("modalities", dataset.modality)()
    near = kind.near_duplicates(dataset.inputs[0].cells, found)
    hashes = dataset.hashes or ()
    exact = exact_pairs(hashes)
    grouped = near is not None
    pairs = np.zeros((0, 2), dtype=np.int64) if near is None else unequal(near, hashes)
    duplicate_of = stars(hashes, pairs)
    joined = np.count_nonzero(duplicate_of != np.arange(len(dataset))) - len(exact)
    if not grouped or joined > max(NEAR_SHARE * len(dataset), FEW_NEAR):
        grouped, duplicate_of = False, stars(hashes, pairs[:0])
    counts = Counter(label for label in dataset.labels or () if label is not None)
    facts = DataFacts(
        rows=len(dataset),
        exact=_named(dataset, exact),
        near=_named(dataset, pairs),
        conflicts=_named(dataset, _conflicts(dataset, exact)),
        skipped=tuple((row.id, row.reason) for row in dataset.skipped),
        rare={name: counts[name] for name in task.classes if 0 < counts[name] < RARE_ROWS},
        across=_named(dataset, _across(dataset, np.concatenate([exact, pairs]) if grouped else exact)),
        near_grouped=grouped,
        notes=dataset.notes,
    )
    return Loaded(dataset, task, facts, duplicate_of, found)


def unequal(pairs: np.ndarray, hashes: Sequence[str]) -> np.ndarray:
    """Return the pairs whose contents differ."""
    return np.asarray(pairs[np.array([hashes[one] != hashes[two] for one, two in pairs], dtype=bool)])


def _conflicts(dataset: Dataset, exact: np.ndarray) -> np.ndarray:
    """Return the pairs of equal content and different labels."""
    labels = dataset.labels or (None,) * len(dataset)
    wrong = [labels[one] is not None and labels[two] is not None and labels[one] != labels[two] for one, two in exact]
    return np.asarray(exact[np.array(wrong, dtype=bool)])


def _across(dataset: Dataset, pairs: np.ndarray) -> np.ndarray:
    """Return the pairs that a split given by the user puts on both sides."""
    roles = dataset.roles
    if roles is None:
        return pairs[:0]
    return np.asarray(pairs[np.array([roles[one] != roles[two] for one, two in pairs], dtype=bool)])


def _named(dataset: Dataset, pairs: np.ndarray) -> tuple[tuple[str, str], ...]:
    """Return pairs of rows as pairs of ids."""
    return tuple((dataset.ids[one], dataset.ids[two]) for one, two in pairs.tolist())
