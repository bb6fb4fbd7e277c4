"""A map of the rows on paper: neighbours stay neighbours as far as two dimensions allow."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.representation import blocks
from warmstart.errors import MissingExtra

PERPLEXITY = 30
NEAREST = 3
MAPPED = {"umap": 10_000, "t-sne": 3_000}
"""How many rows each way lays out itself; t-SNE takes about 10 s for a thousand."""


@dataclass(frozen=True)
class FlatMap:
    """Places (rows, 2) on the map, the way they were found, and how many rows were laid out and not put beside them."""

    places: np.ndarray
    way: str
    laid_out: int


def flat_map(values: np.ndarray, *, way: str = "auto", seed: int = 0) -> FlatMap:
    """Lay rows out in two dimensions; rows beyond a sample are put between their nearest mapped rows.

    Parameters
    ----------
    values : reduced rows (rows, dimensions).
    way : "umap" (McInnes et al., 2018), "t-sne" (van der Maaten and Hinton, 2008), "pca", or "auto": the first
        where it is installed, else the second.

    Raises
    ------
    MissingExtra : UMAP is asked for and not installed.
    """
    chosen = ("umap" if _has_umap() else "t-sne") if way == "auto" else way
    if chosen == "pca":
        return FlatMap(_columns(values), chosen, len(values))
    rows = _sample(len(values), MAPPED[chosen], seed)
    places = np.zeros((len(values), 2), dtype=np.float32)
    places[rows] = {"umap": _umap, "t-sne": _tsne}[chosen](values[rows], seed)
    others = np.setdiff1d(np.arange(len(values)), rows)
    if len(others):
        places[others] = _between(values[others], values[rows], places[rows])
    return FlatMap(places, chosen, len(rows))


def _has_umap() -> bool:
    return importlib.util.find_spec("umap") is not None


def _sample(rows: int, most: int, seed: int) -> np.ndarray:
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _columns(values: np.ndarray) -> np.ndarray:
    """Return the two strongest directions; the second is 0 where there is one only."""
    return np.asarray(np.pad(values[:, :2], ((0, 0), (0, max(0, 2 - values.shape[1])))))


def _umap(values: np.ndarray, seed: int) -> Any:
    if not _has_umap():
        raise MissingExtra("The UMAP map needs umap-learn. Install it with `pip install 'warmstart[umap]'`.")
    import umap

    neighbours = min(15, len(values) - 1)
    return umap.UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1).fit_transform(values)


def _tsne(values: np.ndarray, seed: int) -> Any:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(values)


def _between(values: np.ndarray, known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return for every row the mean place of its nearest known rows, the nearer counting for more."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=min(NEAREST, len(known))).fit(known)
    found = []
    for part in blocks(len(values)):
        far, near = search.kneighbors(values[part])
        weights = 1 / np.maximum(far, 1e-6)
        found.append((places[near] * weights[:, :, None]).sum(axis=1) / weights.sum(axis=1)[:, None])
    return np.concatenate(found)
