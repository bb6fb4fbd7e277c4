"""Ways to find groups: each gives their centres, and a row belongs to the nearest."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from warmstart.core.representation import blocks

STARTS = 3
DENSE_SHARE = 0.01
DENSE_LEAST = 5


class Method(Protocol):
    """A way to find groups."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def centres(self, values: np.ndarray, *, seed: int) -> np.ndarray:
        """Return the centres (groups, dimensions) of the groups in rows (rows, dimensions); there may be none."""
        ...


@dataclass(frozen=True)
class Means:
    """k-means (Lloyd, 1982) with several k-means++ starts.

    Parameters
    ----------
    clusters : how many groups.
    """

    clusters: int

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"k-means, {self.clusters}"

    def centres(self, values: np.ndarray, *, seed: int) -> np.ndarray:
        """Return the means."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            # Rows that differ may look alike to the source: then there are fewer groups than were asked for.
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = KMeans(self.clusters, n_init=STARTS, random_state=seed).fit(values)
        return np.asarray(found.cluster_centers_)


@dataclass(frozen=True)
class Dense:
    """HDBSCAN (Campello et al., 2013): regions denser than what lies round them; how many, it finds out itself.

    Rows between the regions go to the nearest centre, as new rows do.
    """

    name: str = "HDBSCAN"

    def centres(self, values: np.ndarray, *, seed: int) -> np.ndarray:
        """Return the mean of every dense region."""
        from sklearn.cluster import HDBSCAN

        least = max(DENSE_LEAST, int(DENSE_SHARE * len(values)))
        found = HDBSCAN(min_cluster_size=least, min_samples=DENSE_LEAST, copy=True).fit_predict(values)
        means = [values[found == group].mean(axis=0) for group in range(found.max() + 1)]
        return np.array(means, dtype=values.dtype).reshape(-1, values.shape[1])


def nearest(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return for every row the code of the nearest centre (rows,)."""
    return np.concatenate([distances(values[part], centres).argmin(axis=1) for part in blocks(len(values))])


def distances(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return squared distances (rows, groups)."""
    far = (values**2).sum(axis=1)[:, None] - 2 * values @ centres.T + (centres**2).sum(axis=1)
    return np.maximum(far, 0, dtype=np.float64)
