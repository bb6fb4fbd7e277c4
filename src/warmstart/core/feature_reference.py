"""Where the training rows lie among a model's features, and how far from them a row like them may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FLAGGED = 0.05
"""Of rows like the training rows so many are flagged as unlike them, by construction."""
FEWEST = 19
"""With fewer distances to compare with, no row can be among the farthest 5 %."""


@dataclass(frozen=True)
class FeatureReference:
    """The class means of the training rows' features, and distances that rows like the training rows have from them.

    A row's distance is that of Mahalanobis to the nearest class mean, under one covariance for all classes
    (Lee et al., NeurIPS 2018). Its p-value is the share of the distances that are no smaller, the row itself
    counted: of rows like the training rows, at most 5 % have one of at most 5 % (Bates et al., "Testing for
    outliers with conformal p-values", Annals of Statistics, 2023).

    Parameters
    ----------
    centre : what is taken from every feature, (width,) of float32.
    directions : turns features into columns that within a class vary by one and not together, (width, columns).
    means : of every class that has rows, in these columns, (classes, columns).
    distances : of rows that had no part in the means, the directions, or the model that gave their features,
        ascending.
    """

    centre: np.ndarray
    directions: np.ndarray
    means: np.ndarray
    distances: np.ndarray

    def columns(self, features: np.ndarray) -> np.ndarray:
        """Return features (rows, width) in the reference's columns, (rows, columns)."""
        return np.asarray((features - self.centre) @ self.directions)

    def distance(self, features: np.ndarray) -> np.ndarray:
        """Return how far rows (rows, width) are from the nearest class mean, (rows,)."""
        return self.distance_of_columns(self.columns(features))

    def distance_of_columns(self, columns: np.ndarray) -> np.ndarray:
        """Return the same of rows that are in the reference's columns already."""
        squares = np.stack([((columns - mean) ** 2).sum(axis=1) for mean in self.means])
        nearest: np.ndarray = np.sqrt(squares.min(axis=0))
        return nearest

    def p_values(self, features: np.ndarray) -> np.ndarray:
        """Return for rows (rows, width) how likely one like the training rows is so far away or farther, (rows,)."""
        return self.p_values_of_columns(self.columns(features))

    def p_values_of_columns(self, columns: np.ndarray) -> np.ndarray:
        """Return the same of rows that are in the reference's columns already."""
        below = np.searchsorted(self.distances, self.distance_of_columns(columns), side="left")
        return np.asarray((1 + len(self.distances) - below) / (1 + len(self.distances)))

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the four arrays by name, as they are saved."""
        arrays = {
            "centre": self.centre,
            "directions": self.directions,
            "means": self.means,
            "distances": self.distances,
        }
        return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> FeatureReference:
        """Return what was saved.

        Raises
        ------
        KeyError, ValueError : the arrays are not those, or do not belong together.
        """
        made = cls(*(tensors[name] for name in ("centre", "directions", "means", "distances")))
        width, columns = made.directions.shape
        fits = made.centre.shape == (width,) and made.means.ndim == 2 and made.means.shape[1] == columns
        if not fits or made.distances.ndim != 1 or len(made.distances) < FEWEST or not len(made.means):
            raise ValueError("its arrays do not belong together")
        return made
