"""Few labels a class: what is made for them competes, judged on every row, by cross-validation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from warmstart.core.catalog import part
from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import DataFacts
from warmstart.core.note import Note
from warmstart.errors import DataError
from warmstart.flow.split import OUTER_FOLDS, Rows

FEW = 20
"""Labels a class, on average, below which a part held back for validation tells next to nothing."""
EPOCHS = 5
"""Passes over the rows that what is trained gets; all rows are one step."""
FEWEST = 3
NO_SCRATCH = f"with fewer than {FEW} labels a class a network learns nothing from scratch"


def require_enough(rows: Rows, classes: int) -> None:
    """Refuse data of which no row could be tested by a model that has seen a few of its class, and other groups.

    Raises
    ------
    DataError : there are fewer than FEWEST labelled rows a class, or fewer groups or distinct rows than outer folds.
    """
    labelled = rows.codes != UNLABELLED
    labels, apart = int(labelled.sum()), len(np.unique(rows.together[labelled]))
    if labels < FEWEST * classes:
        raise DataError(
            f"Without a test part, `fit` needs at least {FEWEST} labelled rows a class, so that each is tested by a "
            f"model that has seen others of its class. Got {labels} rows of {classes} classes. Label more."
        )
    if apart < OUTER_FOLDS:
        raise DataError(
            f"Without a test part, `fit` needs labelled rows of at least {OUTER_FOLDS} groups, so that each is tested "
            f"by a model that has seen other groups; copies of a row count once. Got {apart}. Name test rows with "
            "--test, or a column of more groups."
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
    note = Note("few_labels", sentence, {"labels": labels, "classes": classes})
    return replace(facts, notes=(*facts.notes, note))


def judging_seconds(train: int, classes: int) -> float:
    """Return what judging all closed forms so is predicted to take."""
    return 0.2 + 0.002 * train * math.sqrt(classes) * (1 + OUTER_FOLDS)


def trained_rows(rows: int) -> int:
    """Return on how many rows training is paid for in each of the outer folds and in the end, on average.

    What leaves out one outer fold, or two, is trained once.
    """
    pairs, share = OUTER_FOLDS * (OUTER_FOLDS - 1) / 2, 1 / OUTER_FOLDS
    return round(rows * (pairs * (1 - 2 * share) + OUTER_FOLDS * (1 - share) + 1) / (OUTER_FOLDS + 1))
