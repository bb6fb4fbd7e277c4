import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

from tests.estimators.tiny_images import ROWS, images
from warmstart import TransferClustering
from warmstart.errors import OptionError, RunConflict

COLOURS = np.array(["red", "blue"])[np.arange(ROWS) % 2]


def model(source, **changes):
    return TransferClustering(2, source, map="pca", threads=1, **changes)


@pytest.fixture(scope="module")
def fitted(source):
    return model(source).fit([*images(), b""], [*COLOURS, None])


def test_rows_of_one_kind_are_in_one_cluster(fitted):
    assert adjusted_rand_score(COLOURS, fitted.labels_[:ROWS]) == 1.0
    assert fitted.cluster_names_ == ["cluster 1", "cluster 2"]


def test_an_input_that_cannot_be_read_is_in_no_cluster(fitted):
    assert fitted.labels_[ROWS] == -1
    assert np.isnan(fitted.embedding_[ROWS]).all()
    assert np.isnan(fitted.outlier_scores_[ROWS])
    assert np.isfinite(fitted.embedding_[:ROWS]).all()
    assert np.isfinite(fitted.outlier_scores_[:ROWS]).all()


def test_labels_are_compared_with_only_afterwards(fitted, source):
    assert fitted.result_["labels"]["matches"][0]["ari"]["value"] == 1.0
    np.testing.assert_array_equal(model(source).fit_predict([*images(), b""]), fitted.labels_)


def test_new_inputs_are_put_into_the_clusters(fitted):
    np.testing.assert_array_equal(fitted.predict(images(8)), fitted.labels_[:8])
    np.testing.assert_allclose(fitted.predict_proba(images(8)).sum(axis=1), 1, atol=1e-5)


def test_a_finished_run_is_not_taken_for_one_on_other_inputs(source, tmp_path):
    kept = model(source, out=tmp_path / "run").fit(images())
    assert clone(kept).fit(images()).result_ == kept.result_
    with pytest.raises(RunConflict, match="The data has changed since the run"):
        clone(kept).fit(images(seed=1))


def test_a_number_of_clusters_that_is_none_is_refused(source):
    with pytest.raises(OptionError, match=r"`n_clusters` must be 'auto' or a whole number from 2. Got 'many'"):
        TransferClustering("many", source).fit(images())
    with pytest.raises(OptionError, match=r"`clusters` must be auto or at least 2.* Got 1\."):
        TransferClustering(1, source).fit(images())


def test_before_fitting_nothing_is_clustered():
    with pytest.raises(NotFittedError):
        TransferClustering().predict(images(2))
