"""Which changed views of the training inputs help: tried with a probe, judged on plain rows out of fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.representation import Boundary, Representation
from warmstart.learning.linear import fit_logistic
from warmstart.learning.metrics import row_losses
from warmstart.runtime.views import seen

TRIED_ROWS = 400
HURTS = 0.5
PENALTIES = (1e-3, 3e-4, 1e-4)


@dataclass(frozen=True)
class Turned:
    """The prepared inputs at cut 0 under a view, turned when they are read."""

    plain: Boundary
    view: str

    def __len__(self) -> int:
        return len(self.plain)

    def lengths(self) -> np.ndarray:
        """Return the sizes of the plain items (rows,)."""
        return self.plain.lengths()

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the rows under the view."""
        return seen(self.view, self.plain.batch(rows))


def views_of(modality: str) -> tuple[str, ...]:
    """Return the views that inputs of a modality have besides the plain one, the likeliest to help first."""
    return ("mirror", "upside down", "half turn") if modality == "image" else ()


def some_rows(rows: np.ndarray) -> np.ndarray:
    """Return the rows, at most TRIED_ROWS of them, on which views are tried."""
    return rows[:: -(-len(rows) // TRIED_ROWS)]


def choose_views(
    plain: Representation,
    changed: Mapping[str, Representation],
    codes: np.ndarray,
    rows: np.ndarray,
    folds: np.ndarray,
) -> tuple[str, ...]:
    """Return the views whose rows, added to the plain ones, do not worsen a probe's out-of-fold log loss.

    Tried are all of them, and the first alone; the larger set is taken where neither hurts by more
    than half a standard error, since training gains more from further views than a probe does.

    Parameters
    ----------
    changed : representations of at least these rows, by view.
    codes : class codes of all rows of the dataset.
    rows, folds : training rows, and their fold numbers.
    """
    names = list(changed)
    stages = list(plain.pooled)
    features = {name: one.features(stages, rows) for name, one in {"plain": plain, **changed}.items()}
    base = _losses(features, ["plain"], codes[rows], folds)
    for count in sorted({len(names), 1}, reverse=True) if names else []:
        change = _losses(features, ["plain", *names[:count]], codes[rows], folds) - base
        if change.mean() <= HURTS * change.std(ddof=1) / np.sqrt(len(change)):
            return tuple(names[:count])
    return ()


def _losses(
    features: Mapping[str, np.ndarray], views: Sequence[str], codes: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """Return the log loss (rows,) on held-out plain rows of a probe fitted on the others under all the views."""
    losses = np.zeros(len(codes))
    classes = int(codes.max()) + 1
    for fold in np.unique(folds):
        held = folds == fold
        stacked = np.concatenate([features[view][~held] for view in views])
        inner = np.tile(folds[~held], len(views))
        head, _ = fit_logistic(stacked, np.tile(codes[~held], len(views)), classes, inner, penalties=PENALTIES)
        losses[held] = row_losses(codes[held], head.proba(features["plain"][held]))
    return losses
