import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from warmstart.errors import BundleError
from warmstart.runtime.prepare import preparation
from warmstart.runtime.tfidf import describe_vectorizers, rebuild_vectorizers, tfidf_features

TEXTS = ["A very good find", "not good at all", "good, GOOD, good"]


def fitted():
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return [words.fit(TEXTS), letters.fit(TEXTS)]


def test_a_rebuilt_vectorizer_gives_the_same_features():
    config, assets = describe_vectorizers(fitted())
    again = tfidf_features(rebuild_vectorizers(config, assets), ["good find", "unseen"])
    np.testing.assert_allclose(again.toarray(), tfidf_features(fitted(), ["good find", "unseen"]).toarray(), atol=1e-6)


def test_the_preparation_gives_dense_float32():
    config, assets = describe_vectorizers(fitted())
    prepared = preparation(config, assets).prepare(["good", ""], None)
    assert prepared.feeds["features"].dtype == np.float32
    assert prepared.kept.tolist() == [0]


def test_a_missing_vocabulary_is_named():
    config, assets = describe_vectorizers(fitted())
    del assets["vocabulary_0.json"]
    with pytest.raises(BundleError, match=r"needs the file 'vocabulary_0\.json', and it is not there"):
        rebuild_vectorizers(config, assets)


def test_a_vocabulary_and_idf_that_do_not_belong_together_are_refused():
    config, assets = describe_vectorizers(fitted())
    assets["idf_0.npy"] = assets["idf_1.npy"]
    with pytest.raises(BundleError, match="terms and its idf weights are of shape"):
        rebuild_vectorizers(config, assets)
