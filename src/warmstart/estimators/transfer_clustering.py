"""Clusters in what a pre-trained source sees, for inputs without labels."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import ClusterMixin

from warmstart.core.decision import decide
from warmstart.errors import OptionError
from warmstart.estimators._from_bundle import AnswersFromBundle
from warmstart.estimators._inputs import goes_to_255, one_a_row
from warmstart.runtime.bundle import Bundle

AUTO = "auto"
LABELS = "y"


class TransferClustering(ClusterMixin, AnswersFromBundle):
    """Clusters images or texts by what a pre-trained source sees in them, as `warmstart explore` does.

    Parameters
    ----------
    n_clusters : how many, or "auto": as many as other samples of the rows give again.
    source : the name of a source, or "auto" for the best prior of those that are installed.
    map : how rows are laid out in the plane: "auto", "umap", "t-sne" or "pca".
    seed : of everything random.
    threads : processor threads; None for as many as there are.
    out : a run folder that is kept, of which `warmstart report` shows the map; None for a temporary one.

    Attributes
    ----------
    labels_ : the number of every row's cluster (rows,), -1 for an input that could not be read.
    embedding_ : where every row is on the map (rows, 2), NaN for one that could not be read.
    outlier_scores_ : how far every row lies from others like it (rows,), NaN for one that could not be read.
    cluster_names_ : what the clusters are called: for texts, by their first words.
    result_ : what result.json holds.

    Examples
    --------
    >>> from warmstart import TransferClustering
    >>> TransferClustering().fit_predict(texts)  # doctest: +SKIP
    """

    def __init__(
        self,
        n_clusters: int | str = "auto",
        source: str = "auto",
        *,
        map: str = "auto",
        seed: int = 0,
        threads: int | None = None,
        out: str | Path | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.source = source
        self.map = map
        self.seed = seed
        self.threads = threads
        self.out = out

    def fit(self, X: Any, y: Sequence[Any] | None = None) -> Self:
        """Find clusters, and only then compare them with labels.

        Parameters
        ----------
        X : inputs, as of `TransferClassifier.fit`.
        y : labels to compare with (`result_["labels"]`), None or NaN where unknown; clusters do not depend on them.

        Raises
        ------
        DataError, OptionError, SourceError, RunConflict : what the caller can mend.
        """
        from warmstart.flow.explore.experiment import CLUSTERS_FILE, explore

        folder = self._folder()
        self.result_ = explore(self._config(X, y, folder)).result
        self.bundle_ = Bundle.open(folder / "bundle")
        self._up_to_255 = goes_to_255(X)
        self.cluster_names_ = list(self.bundle_.labels.classes)
        self._read(folder / CLUSTERS_FILE, _rows(X))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the number of the cluster of every input, (rows,)."""
        return decide(self.predict_proba(X), self.bundle_.labels.weights)

    def _config(self, X: Any, y: Sequence[Any] | None, out: Path) -> Any:
        """Return the parameters as the exploration's configuration.

        Raises
        ------
        OptionError : the number of clusters is none.
        """
        from warmstart.flow.explore.config import ExploreConfig
        from warmstart.readers.arrays import Examples

        if isinstance(self.n_clusters, str) and self.n_clusters != AUTO:
            raise OptionError(
                f"`n_clusters` must be '{AUTO}' or a whole number from 2. Got '{self.n_clusters}'. Try '{AUTO}'."
            )
        labels = {} if y is None else {LABELS: list(one_a_row(y))}
        return ExploreConfig(
            data=Examples(X, attributes=labels),
            labels=LABELS if labels else None,
            source=self.source,
            clusters=None if isinstance(self.n_clusters, str) else self.n_clusters,
            map=self.map,
            out=out,
            seed=self.seed,
            threads=self.threads or 0,
        )

    def _read(self, file: Path, rows: int) -> None:
        """Take up what the run tells of every row; rows of inputs are called "row 1" and so on."""
        self.labels_ = np.full(rows, -1)
        self.embedding_ = np.full((rows, 2), np.nan)
        self.outlier_scores_ = np.full(rows, np.nan)
        with file.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                row = int(line["id"].removeprefix("row ")) - 1
                self.labels_[row] = int(line["cluster"]) - 1
                self.embedding_[row] = float(line["x"]), float(line["y"])
                self.outlier_scores_[row] = float(line["outlier_score"])


def _rows(X: Any) -> int:
    """Return how many inputs there are."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
