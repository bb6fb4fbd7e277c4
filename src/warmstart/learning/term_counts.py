"""TF-IDF for rows drawn again and again: terms are counted once, and weighted anew for whatever rows are fitted.

The features are those of scikit-learn's TfidfVectorizer fitted on the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.errors import NotApplicable
from warmstart.learning.many_rows import some_places

MOST_TERMS = 40_000
MOST_COUNTED = 4 * MOST_TERMS
"""Of all rows; which MOST_TERMS are the most frequent ones, the fitted rows say."""
VOCABULARY_ROWS = 20_000
"""Terms too rare to be met in so many texts are not among the MOST_TERMS most frequent ones."""
MANY_TEXTS = 200
"""With as many texts, runs of characters that stand in one alone are left out."""

WORDS = {"analyzer": "word", "ngram_range": (1, 2)}
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 5)}


@dataclass(frozen=True)
class Counted:
    """How often every term of one kind occurs in every text.

    Parameters
    ----------
    kind : the vectorizer's options.
    terms : the terms, sorted (terms,).
    counts : sparse matrix (texts, terms) of float32.
    """

    kind: dict[str, Any]
    terms: np.ndarray
    counts: Any


@dataclass(frozen=True)
class _Weighted:
    """Which of the counted terms are kept, and the fitted TfidfTransformer that weighs them."""

    columns: np.ndarray
    transformer: Any


@dataclass(frozen=True)
class Weighting:
    """TF-IDF fitted on some rows, kind by kind; kinds of which no term was met are left out."""

    kinds: tuple[tuple[int, _Weighted], ...]

    def features(self, counted: Sequence[Counted], rows: np.ndarray) -> Any:
        """Return the features of rows, the kinds side by side: a sparse matrix (rows, terms) of float32."""
        import scipy.sparse

        blocks = [
            one.transformer.transform(_columns(counted[place], rows, one), copy=False) for place, one in self.kinds
        ]
        return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)

    def vocabularies(self, counted: Sequence[Counted]) -> list[tuple[dict[str, Any], list[str], np.ndarray]]:
        """Return of every kind the vectorizer's options, its terms, and how much each weighs (terms,)."""
        return [
            (counted[place].kind, counted[place].terms[one.columns].tolist(), one.transformer.idf_)
            for place, one in self.kinds
        ]


def _columns(counted: Counted, rows: np.ndarray, kept: _Weighted) -> Any:
    """Return the counts of the kept terms in rows."""
    return counted.counts[rows][:, kept.columns]


def count_terms(texts: Sequence[str]) -> list[Counted]:
    """Return the counts of words (1-2) and of characters within words (2-5); those of most texts, where many."""
    return [_counted(texts, kind) for kind in (WORDS, CHARACTERS)]


def _counted(texts: Sequence[str], kind: dict[str, Any]) -> Counted:
    """Return the counts of one kind; of the terms of VOCABULARY_ROWS texts."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(**kind, max_features=MOST_COUNTED, dtype=np.float32)
    some = some_places(len(texts), VOCABULARY_ROWS)
    try:
        counts = vectorizer.fit_transform([texts[place] for place in some])
    except ValueError:
        # So scikit-learn says that not one text has a term of this kind.
        import scipy.sparse

        return Counted(kind, np.zeros(0, str), scipy.sparse.csr_matrix((len(texts), 0), dtype=np.float32))
    if len(some) < len(texts):
        counts = vectorizer.transform(texts)
    return Counted(kind, vectorizer.get_feature_names_out(), counts)


def weigh(counted: Sequence[Counted], rows: np.ndarray) -> Weighting:
    """Return the weighting that rows tell: which terms there are, and how rare each is.

    Raises
    ------
    NotApplicable : the rows have no terms.
    """
    some = rows[some_places(len(rows), VOCABULARY_ROWS)]
    kinds = [(place, _weighted(one, some)) for place, one in enumerate(counted)]
    found = tuple((place, one) for place, one in kinds if len(one.columns))
    if not found:
        raise NotApplicable("not one word or run of characters stands in the texts.")
    return Weighting(found)


def _weighted(counted: Counted, rows: np.ndarray) -> _Weighted:
    """Return the terms of rows that are kept, with how rare each is."""
    from sklearn.feature_extraction.text import TfidfTransformer

    seen = counted.counts[rows]
    least = 2 if counted.kind == CHARACTERS and len(rows) >= MANY_TEXTS else 1
    kept = np.flatnonzero(np.bincount(seen.indices, minlength=seen.shape[1]) >= least)
    if len(kept) > MOST_TERMS:
        often = np.asarray(seen.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[np.argsort(-often, kind="stable")[:MOST_TERMS]])
    transformer = TfidfTransformer(sublinear_tf=True)
    return _Weighted(kept, transformer.fit(seen[:, kept]) if len(kept) else transformer)
