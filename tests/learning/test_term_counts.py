import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from warmstart.errors import NotApplicable
from warmstart.learning import term_counts
from warmstart.learning.term_counts import count_terms, weigh
from warmstart.runtime.tfidf import tfidf_features, vectorizer_of

WORDS = ["a", "very", "good", "find", "not", "at", "all", "bad", "price", "quick", "slow", "works", "broke", "never"]


def texts(count, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=rng.integers(2, 9))) for _ in range(count)]


def as_scikit_learn(fitted, asked, *, rare):
    common = {"sublinear_tf": True, "max_features": term_counts.MOST_TERMS, "dtype": np.float32}
    vectorizers = [
        TfidfVectorizer(ngram_range=(1, 2), **common),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=rare, **common),
    ]
    return tfidf_features([one.fit(fitted) for one in vectorizers], asked)


@pytest.mark.parametrize(("fitted", "rare"), [(40, 1), (250, 2)])
def test_some_rows_are_weighed_as_by_a_vectorizer_fitted_on_them(fitted, rare):
    every = texts(300)
    rows, asked = np.arange(300)[::-1][:fitted], np.arange(20)
    counted = count_terms(every)
    weighting = weigh(counted, rows)
    expected = as_scikit_learn([every[row] for row in rows], [every[row] for row in asked], rare=rare)
    np.testing.assert_allclose(weighting.features(counted, asked).toarray(), expected.toarray(), atol=1e-6)
    again = tfidf_features(
        [vectorizer_of(*one) for one in weighting.vocabularies(counted)], [every[row] for row in asked]
    )
    np.testing.assert_allclose(again.toarray(), expected.toarray(), atol=1e-6)


def test_only_the_most_frequent_terms_are_kept(monkeypatch):
    monkeypatch.setattr(term_counts, "MOST_TERMS", 30)
    counted = count_terms(texts(100))
    words = weigh(counted, np.arange(100)).kinds[0][1].columns
    often = np.asarray(counted[0].counts.sum(axis=0)).ravel()
    assert len(words) == 30
    assert often[words].min() >= np.delete(often, words).max()


def test_of_many_texts_some_tell_the_terms(monkeypatch):
    monkeypatch.setattr(term_counts, "VOCABULARY_ROWS", 10)
    counted = count_terms([*texts(50), "unheard"])
    assert counted[0].counts.shape[0] == 51
    assert "unheard" not in counted[0].terms


def test_texts_without_words_are_told_apart_by_their_characters():
    counted = count_terms(["😀", "😡", "😀 😀"])
    assert weigh(counted, np.arange(3)).features(counted, np.arange(3)).shape[0] == 3


def test_texts_without_any_term_are_not_applicable():
    counted = count_terms(["", " "])
    with pytest.raises(NotApplicable, match="not one word"):
        weigh(counted, np.arange(2))
