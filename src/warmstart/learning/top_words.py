"""The words that tell one group of texts from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_WORDS = 20_000
RARE = 2


def top_words(texts: Sequence[str], groups: np.ndarray, count: int, *, most: int = 10) -> list[list[str]]:
    """Return the strongest words of every group by class-based TF-IDF.

    Grootendorst, "BERTopic" (arXiv 2203.05794, 2022): a group's texts count as one; a word counts for its
    share there times log(1 + words a group on average / how often the word stands in all of them).

    Parameters
    ----------
    groups : codes (texts,) from 0.
    count : how many groups there are.
    most : words a group at most; fewer where it has fewer, none where it has no words.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    rare = RARE if len(texts) > 100 else 1
    vectorizer = CountVectorizer(stop_words="english", min_df=rare, max_features=MOST_WORDS)
    try:
        words = vectorizer.fit_transform(texts).tocsr()
    except ValueError:
        # There are only stop words, or none at all.
        return [[] for _ in range(count)]
    counts = np.stack([np.asarray(words[groups == group].sum(axis=0)).ravel() for group in range(count)]).astype(float)
    sizes = counts.sum(axis=1, keepdims=True)
    weights = counts / np.maximum(sizes, 1) * np.log1p(sizes.mean() / np.maximum(counts.sum(axis=0), 1))
    names = vectorizer.get_feature_names_out()
    return [
        [str(names[place]) for place in np.argsort(-row, kind="stable")[:most] if row[place] > 0] for row in weights
    ]
