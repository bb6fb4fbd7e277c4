"""Split once: the user's split where there is one, else stratified, by whole groups, no duplicate on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.split import Split
from warmstart.core.task import Task
from warmstart.errors import DataError, SourceError
from warmstart.learning.splitting import folds, renumber, sample, split_off, strata_of, units

CROSS_FIT_BELOW = 1000
OUTER_FOLDS = 5
INNER_FOLDS = 3
MOST_VALIDATION = 2000


@dataclass(frozen=True)
class Rows:
    """What splitting needs to know of every row.

    Parameters
    ----------
    codes : class codes (rows,), -1 where a row has no label.
    strata : class, with attributes where there are enough rows (rows,).
    together : unit number (rows,): rows of one unit stay on one side.
    """

    codes: np.ndarray
    strata: np.ndarray
    together: np.ndarray

    def part(self, rows: np.ndarray, share: float, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return row numbers in two parts, the second of about `share`, no unit in both."""
        mask = split_off(self.strata[rows], renumber(self.together[rows]), share, seed=seed)
        return rows[~mask], rows[mask]

    def sample(self, rows: np.ndarray, share: float, *, seed: int) -> np.ndarray:
        """Return about `share` of the row numbers, drawn as whole units at random."""
        mask = sample(self.strata[rows], renumber(self.together[rows]), share, seed=seed)
        return np.asarray(rows[mask])

    def folds(self, rows: np.ndarray, count: int, *, seed: int) -> np.ndarray:
        """Return a fold number for each of the row numbers (rows,), one for a whole unit where there are several."""
        together = renumber(self.together[rows])
        apart = together if together.max(initial=0) else np.arange(len(rows))
        return folds(self.strata[rows], apart, count, seed=seed)

    def outer_folds(self, *, seed: int) -> np.ndarray:
        """Return the outer fold of every row (rows,), -1 where it has no label; few rows a class make fewer folds."""
        labelled = np.flatnonzero(self.codes != UNLABELLED)
        found = np.full(len(self.codes), -1)
        found[labelled] = renumber(self.folds(labelled, OUTER_FOLDS, seed=seed))
        return found


def describe_rows(dataset: Dataset, task: Task, duplicate_of: np.ndarray) -> Rows:
    """Return codes, strata and units of a dataset's rows.

    Parameters
    ----------
    duplicate_of : for every row (rows,), the row that it repeats, itself where it repeats none.
    """
    codes = dataset.codes(task)
    groups = None if dataset.groups is None else np.asarray(dataset.groups)
    attributes = [np.asarray(values) for values in dataset.attributes.values()]
    return Rows(codes, strata_of(codes, attributes, least=2 * OUTER_FOLDS), units(duplicate_of, groups))


def make_split(dataset: Dataset, rows: Rows, *, test_size: float, seed: int, seen: np.ndarray) -> Split:
    """Return the role of every row: test sealed, validation for choices, the rest for training.

    A row without a label is "unlabelled". Under a split that the user gives, training rows that repeat
    a test or validation row are left out of training, as "reference", and so are test rows that a source
    was trained on. Validation rows that it was trained on train.

    Parameters
    ----------
    seen : mask (rows,) of rows that a source was trained on, units whole: nothing may be judged on them.

    Raises
    ------
    DataError : too few labelled rows, or the given split leaves a part empty.
    SourceError : sources were trained on every row that a part could be drawn from.
    """
    labelled = rows.codes != UNLABELLED
    roles = np.where(labelled, "train", "unlabelled").astype("<U12")
    given = np.array(dataset.roles) if dataset.roles is not None else np.full(len(dataset), "")
    if np.any(given == "test"):
        roles[(given == "test") & labelled] = np.where(seen, "reference", "test")[(given == "test") & labelled]
        tested = np.isin(rows.together, rows.together[roles == "test"])
        roles[tested & (roles == "train")] = "reference"
    else:
        unseen = _unseen(labelled, seen, "test")
        _, test = rows.part(unseen, min(1.0, test_size * labelled.sum() / len(unseen)), seed=seed)
        roles[test] = "test"
    roles[(given == "validation") & (roles == "train") & ~seen] = "validation"
    repeated = np.isin(rows.together, rows.together[roles == "validation"])
    roles[repeated & (roles == "train")] = "reference"
    if not np.any(roles == "validation"):
        unseen = _unseen(roles == "train", seen, "validation")
        share = min(1.0, validation_share(roles) * np.sum(roles == "train") / len(unseen))
        _, validation = rows.part(unseen, share, seed=seed + 1)
        roles[validation] = "validation"
    return _checked(Split(roles), rows)


def _unseen(there: np.ndarray, seen: np.ndarray, part: str) -> np.ndarray:
    """Return the row numbers that a part may be drawn from.

    Raises
    ------
    DataError, SourceError : there are none.
    """
    if not there.any():
        raise DataError(
            f"The {part} part is drawn from rows that are in no other part, and there are none. Label more rows."
        )
    unseen = np.flatnonzero(there & ~seen)
    if not len(unseen):
        raise SourceError(
            f"The {part} part is drawn from rows that no source was trained on, and the sources were trained on all "
            f"{there.sum()} that there are. Name another source with --source, or bring rows that none has seen."
        )
    return unseen


def validation_share(roles: np.ndarray) -> float:
    """Return the share of the training rows that choices are made on: a fifth, up to 2,000 rows.

    Parameters
    ----------
    roles : of every row (rows,); "train" are those that will be shared out.
    """
    return min(0.2, MOST_VALIDATION / max(1, int(np.sum(roles == "train"))))


def is_cross_fitted(rows: Rows, *, given: bool) -> bool:
    """Return whether every row is to be tested once, by five outer folds, because there are few."""
    return not given and int(np.sum(rows.codes != UNLABELLED)) < CROSS_FIT_BELOW


def _checked(split: Split, rows: Rows) -> Split:
    for role in ("train", "validation", "test"):
        found = np.unique(rows.codes[split.rows(role)])
        if len(found) < 2:
            raise DataError(
                f"The {role} part needs rows of at least two classes. It has {split.count(role)} rows "
                f"of {len(found)}. Label more rows, or drop the rarest classes with --classes."
            )
    return split
