"""Few labels a class: what is made for them competes, judged on every row, by repeated cross-validation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import DataFacts
from warmstart.errors import DataError
from warmstart.flow.split import Rows

FEW = 20
"""Labels a class, on average, below which a part held back for validation tells next to nothing."""
REPEATS, TRAINED_REPEATS, PARTS = 3, 1, 4
"""How often every row is held back to judge a closed form, and what is trained, and in how many parts."""
EPOCHS = 5
"""Passes over the rows that what is trained gets; all rows are one step."""
FEWEST = 3
NO_SCRATCH = f"with fewer than {FEW} labels a class a network learns nothing from scratch"


def require_enough(rows: Rows, classes: int) -> None:
    """Refuse data of which no row could be tested by a model that has seen a few of its class.

    Raises
    ------
    DataError : there are fewer than FEWEST labelled rows a class.
    """
    labels = int(np.sum(rows.codes != UNLABELLED))
    if labels < FEWEST * classes:
        raise DataError(
            f"Without a test part, `fit` needs at least {FEWEST} labelled rows a class, so that each is tested by a "
            f"model that has seen others of its class. Got {labels} rows of {classes} classes. Label more."
        )


def are_few(rows: Rows, classes: int, strategies: tuple[str, ...]) -> bool:
    """Return whether there are few labels a class, and no strategy is named that wants many."""
    named = [] if strategies == ("auto",) else [part("strategies", name) for name in strategies]
    many = any(one.iterative and not one.for_few for one in named)
    return not many and int(np.sum(rows.codes != UNLABELLED)) < FEW * classes


def with_note(facts: DataFacts, rows: Rows, classes: int) -> DataFacts:
    """Return the facts with a sentence that says what follows from few labels."""
    labels = int(np.sum(rows.codes != UNLABELLED))
    sentence = (
        f"There are {labels:,} labels, {labels / classes:.1f} a class: this is few-shot. Prototypes, a probe and, "
        "on texts and where the budget pays for it, contrastive training compete by cross-validation over all rows, "
        "and the intervals say how little so few rows can show."
    )
    return replace(facts, notes=(*facts.notes, ("few_labels", sentence, {"labels": labels, "classes": classes})))


def judging_seconds(train: int, classes: int) -> float:
    """Return what judging all closed forms so is predicted to take."""
    return 0.2 + 0.002 * train * math.sqrt(classes) * (1 + REPEATS * PARTS)


def judging_repeats(*, trained: bool) -> int:
    """Return how often every row is held back to judge a candidate."""
    return TRAINED_REPEATS if trained else REPEATS


def trained_rows(rows: int) -> int:
    """Return on how many rows training is paid for, judging included, where so many are to be fitted."""
    return rows * (1 + judging_repeats(trained=True) * (PARTS - 1))


def held_parts(rows: Rows, some: np.ndarray, repeats: int, *, seed: int) -> Iterator[np.ndarray]:
    """Yield masks (rows,) of the rows that are held back together: each row as often as there are repeats."""
    for repeat in range(repeats):
        parts = rows.folds(some, PARTS, seed=seed + 1 + repeat)
        for number in np.unique(parts):
            yield parts == number
