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
from warmstart.flow.split import OUTER_FOLDS, Rows

FEW = 20
"""Labels a class, on average, below which a part held back for validation tells next to nothing."""
REPEATS, PARTS = 3, 4
"""How often every row is held back to judge a closed form, and in how many parts."""
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


def trained_rows(rows: int) -> int:
    """Return on how many rows training is paid for in each of the outer folds and in the end, on average.

    What leaves out one outer fold or two is trained once: see `held_parts`.
    """
    pairs = OUTER_FOLDS * (OUTER_FOLDS - 1) / 2
    share = 1 / OUTER_FOLDS
    return round(rows * (pairs * (1 - 2 * share) + OUTER_FOLDS * (1 - share) + 1) / (OUTER_FOLDS + 1))


def held_parts(rows: Rows, some: np.ndarray, *, trained: bool, seed: int) -> Iterator[np.ndarray]:
    """Yield masks (some,) of the rows that are held back together: each row REPEATS times, or once.

    What is trained is judged by the outer folds. A model that leaves out two of them judges within either for the
    other, and one that leaves out the fold that it is tested on judges for the choice on all rows, so that 16
    trainings are enough where every fold's own parts would need 30.
    """
    if trained:
        outer = rows.outer_folds(seed=seed)[some]
        yield from (outer == number for number in np.unique(outer))
        return
    for repeat in range(REPEATS):
        parts = rows.folds(some, PARTS, seed=seed + 1 + repeat)
        yield from (parts == number for number in np.unique(parts))
