"""Look at a source: run it over some training rows once, and score every cut from that one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import parts
from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.progress import Progress
from warmstart.errors import NotApplicable
from warmstart.flow.embed import embed
from warmstart.runtime.decode import Decoder
from warmstart.scores._base import Look
from warmstart.store.cache import Cache

LOOK_ROWS = 300
MOST_CUTS = 6


@dataclass(frozen=True)
class Scored:
    """One cut of a source with its scores, and the reasons of the scores that do not apply there."""

    source: str
    cut: str
    look: Look
    scores: Mapping[str, float]
    reasons: Mapping[str, str]


def rows_to_look_at(codes: np.ndarray, rows: np.ndarray, most: int = LOOK_ROWS) -> np.ndarray:
    """Return at most `most` of the labelled rows, every class in its share, in ascending order.

    Parameters
    ----------
    codes : class codes of all rows.
    rows : the training rows.
    """
    labelled = rows[codes[rows] != UNLABELLED]
    by_class = labelled[np.argsort(codes[labelled], kind="stable")]
    return np.sort(by_class[np.linspace(0, len(by_class) - 1, min(most, len(by_class))).astype(int)])


def cuts_to_rank(backbone: Backbone) -> list[int]:
    """Return at most MOST_CUTS cuts, evenly spread over the stages; the last is the whole network."""
    count = len(backbone.stages)
    return sorted({round(place) for place in np.linspace(count / min(count, MOST_CUTS), count, MOST_CUTS)})


def look_at(
    dataset: Dataset,
    codes: np.ndarray,
    rows: np.ndarray,
    backbone: Backbone,
    *,
    cache: Cache,
    decoder: Decoder,
    threads: int,
    progress: Progress,
) -> list[Scored]:
    """Run a source over some rows, or take what it saw from the cache, and score its cuts.

    Parameters
    ----------
    codes : class codes of all rows of the dataset.
    rows : the training rows to look at.
    """
    seen = embed(dataset.take(rows), backbone, cache=cache, decoder=decoder, threads=threads, progress=progress)
    pooled = {name: np.asarray(values) for name, values in seen.pooled.items()}
    return score_cuts(backbone, pooled, codes[rows])


def score_cuts(backbone: Backbone, pooled: Mapping[str, np.ndarray], codes: np.ndarray) -> list[Scored]:
    """Score the cuts of a source.

    Parameters
    ----------
    pooled : per stage name, pooled features (rows, width).
    codes : class codes (rows,) of the same rows.
    """
    return [_scored(backbone, cut, _look(backbone, pooled, codes, cut)) for cut in cuts_to_rank(backbone)]


def _look(backbone: Backbone, pooled: Mapping[str, np.ndarray], codes: np.ndarray, cut: int) -> Look:
    features = pooled[backbone.cut_name(cut)]
    whole = cut == len(backbone.stages)
    return Look(
        backbone.card,
        depth=cut / len(backbone.stages),
        features=features,
        codes=codes,
        source_proba=softmax(backbone.head.logits(features).astype(np.float64), axis=1)
        if whole and backbone.head
        else None,
    )


def _scored(backbone: Backbone, cut: int, look: Look) -> Scored:
    scores: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for kind in parts("scores"):
        try:
            scores[kind.name] = kind().score(look)
        except NotApplicable as reason:
            reasons[kind.name] = str(reason)
    return Scored(backbone.card.name, backbone.cut_name(cut), look, scores, reasons)
