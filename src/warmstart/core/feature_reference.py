"""Where the training rows lie among a model's features, and how far from them a row like them may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

FLAGGED = 0.05
"""Of rows like the training rows so many are flagged as unlike them, by construction."""
FEWEST = 19
"""With fewer distances to compare with, no row can be among the farthest 5 %."""


@dataclass(frozen=True)
class FeatureReference:
    """The class means of the training rows' features, and distances that rows like the training rows have from them.

    A row's distance is that of Mahalanobis to the nearest class mean, under one covariance for all classes
    (Lee et al., NeurIPS 2018), of features scaled to length one (Müller and Hein, ICML 2025). The covariance is
    known in the strongest directions; in all others together it is one number, as in probabilistic principal
    components (Tipping and Bishop, 1999): what is strange often lies where training rows hardly vary.

    Its p-value is the share of the distances that are no smaller, the row itself counted: of rows like the training
    rows, at most 5 % have one of at most 5 % (Bates et al., "Testing for outliers with conformal p-values", Annals of
    Statistics, 2023).

    Parameters
    ----------
    centre : the mean of the scaled features, (width,) of float32.
    directions : their strongest directions, orthonormal, (width, columns).
    whitening : after it, the columns vary by one within a class, and not together, (columns, columns).
    means : of every class that has rows, in whitened columns, (classes, columns).
    remainder : the standard deviation in every other direction, (1,).
    distances : of rows from means that they had no part in yet, by a model that was not trained on them, ascending.
    covariance : within a class, in whitened columns, as rows that came after the whitening have moved it, (columns,
        columns); None where none has. Distances do not use it: those that are kept were taken before.
    """

    centre: np.ndarray
    directions: np.ndarray
    whitening: np.ndarray
    means: np.ndarray
    remainder: np.ndarray
    distances: np.ndarray
    covariance: np.ndarray | None = None

    def columns(self, features: np.ndarray) -> np.ndarray:
        """Return where rows (rows, width) lie: in whitened columns, last how far beside them, (rows, columns + 1)."""
        centred = scaled(features) - self.centre
        columns = centred @ self.directions
        beside = np.maximum((centred**2).sum(axis=1) - (columns**2).sum(axis=1), 0)
        return np.column_stack([columns @ self.whitening, np.sqrt(beside) / self.remainder])

    def distance(self, features: np.ndarray) -> np.ndarray:
        """Return how far rows (rows, width) are from the nearest class mean, (rows,)."""
        return self.distance_of_columns(self.columns(features))

    def distance_of_columns(self, columns: np.ndarray) -> np.ndarray:
        """Return the same of rows as `columns` gives them."""
        white, beside = columns[:, :-1], columns[:, -1]
        nearest = np.min([((white - mean) ** 2).sum(axis=1) for mean in self.means], axis=0)
        return np.asarray(np.sqrt(nearest + beside**2))

    def p_values(self, features: np.ndarray) -> np.ndarray:
        """Return for rows (rows, width) how likely one like the training rows is so far away or farther, (rows,)."""
        return self.p_values_of_columns(self.columns(features))

    def p_values_of_columns(self, columns: np.ndarray) -> np.ndarray:
        """Return the same of rows as `columns` gives them."""
        below = np.searchsorted(self.distances, self.distance_of_columns(columns), side="left")
        return np.asarray((1 + len(self.distances) - below) / (1 + len(self.distances)))

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, as they are saved."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items() if array is not None}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> FeatureReference:
        """Return what was saved.

        Raises
        ------
        KeyError, ValueError : the arrays are not those, or do not belong together.
        """
        needed = [field.name for field in fields(cls) if field.name != "covariance"]
        made = cls(**{name: tensors[name] for name in needed}, covariance=tensors.get("covariance"))
        width, columns = made.directions.shape
        moved = made.whitening if made.covariance is None else made.covariance
        shapes = (made.centre.shape, made.whitening.shape, made.means.shape[1:], made.remainder.shape, moved.shape)
        enough = made.distances.ndim == 1 and len(made.distances) >= FEWEST and len(made.means) > 0
        if shapes != ((width,), (columns, columns), (columns,), (1,), (columns, columns)) or not enough:
            raise ValueError("its arrays do not belong together")
        return made


def scaled(features: np.ndarray) -> np.ndarray:
    """Return rows (rows, width) scaled to length one; a row of zeros stays as it is."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(length > 0, length, 1))
