import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from warmstart.core.representation import FeatureTable
from warmstart.learning import linear, many_rows, rotation
from warmstart.learning.linear import PENALTIES, LinearHead, fit_logistic
from warmstart.learning.rotation import rotate

ROWS = 150


def task(classes=3, width=6, *, noise=1.0, rows=ROWS):
    rng = np.random.default_rng(0)
    codes = rng.permutation(np.arange(rows) % classes)
    features = rng.normal(0, noise, (rows, width)) + 2 * np.eye(classes, width)[codes]
    return (10 + features * np.arange(1, width + 1)).astype(np.float32), codes, np.arange(rows) % 3


@pytest.mark.parametrize("classes", [2, 3])
def test_it_is_scikit_learns_model_on_standardised_rows(classes):
    features, codes, folds = task(classes)
    head, _ = fit_logistic(features, codes, classes, folds, penalties=(1e-2,))
    values = (features - features.mean(axis=0)) / (features.std(axis=0) * np.sqrt(features.shape[1]))
    theirs = LogisticRegression(C=1 / (1e-2 * ROWS), tol=1e-8, max_iter=2000).fit(values, codes)
    np.testing.assert_allclose(head.proba(features), theirs.predict_proba(values), atol=5e-3)


def test_a_single_penalty_is_taken_without_cross_validation(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a single penalty must not be validated")

    monkeypatch.setattr(linear, "_cross_validate", refuse)
    features, codes, folds = task()
    assert fit_logistic(features, codes, 3, folds, penalties=(3e-4,))[1] == 3e-4


def test_the_penalty_is_chosen_out_of_fold():
    chosen = {}
    for noise in (0.3, 6.0):
        features, codes, folds = task(width=60, noise=noise)
        chosen[noise] = fit_logistic(features, codes, 3, folds, penalties=PENALTIES)[1]
    assert chosen[0.3] < chosen[6.0]
    assert chosen[6.0] == PENALTIES[0]


def test_groups_in_one_fold_keep_copies_from_choosing_a_weak_penalty():
    features, codes, _ = task(width=60, noise=6.0, rows=60)
    copies, labels = np.repeat(features, 3, axis=0), np.repeat(codes, 3)
    leaking = fit_logistic(copies, labels, 3, np.arange(180) % 3, penalties=PENALTIES)[1]
    honest = fit_logistic(copies, labels, 3, np.repeat(np.arange(60) % 3, 3), penalties=PENALTIES)[1]
    assert leaking < honest


def test_a_class_that_a_fold_lacks_is_survived():
    features, codes, _ = task()
    folds = np.where(codes == 2, 0, 1 + np.arange(ROWS) % 2)
    head, penalty = fit_logistic(features, codes, 3, folds, penalties=PENALTIES)
    assert penalty in PENALTIES
    assert np.mean(head.proba(features).argmax(axis=1) == codes) > 0.8


def test_a_class_without_rows_is_answered_almost_never():
    features, codes, folds = task(2)
    head, _ = fit_logistic(features, codes * 2, 4, folds, penalties=(1e-2,))
    proba = head.proba(features)
    assert proba.shape == (ROWS, 4)
    assert proba[:, [1, 3]].max() < 1e-3
    assert np.mean(proba.argmax(axis=1) == codes * 2) > 0.8


def test_scaling_or_shifting_a_feature_changes_nothing():
    features, codes, folds = task()
    plain = fit_logistic(features, codes, 3, folds, penalties=(1e-2,))[0].proba(features)
    turned = (features * 7 - 3).astype(np.float32)
    other = fit_logistic(turned, codes, 3, folds, penalties=(1e-2,))[0].proba(turned)
    np.testing.assert_allclose(plain, other, atol=1e-3)


def test_many_columns_are_rotated_without_changing_the_model(monkeypatch):
    features, codes, folds = task(width=100)
    full = fit_logistic(features, codes, 3, folds, penalties=(1e-2,))[0]
    monkeypatch.setattr(rotation, "RANK", 80)
    low = features @ np.random.default_rng(2).normal(size=(100, 100)).astype(np.float32)
    assert rotate(FeatureTable((low,), np.arange(ROWS))).basis.shape == (100, 80)
    monkeypatch.setattr(rotation, "RANK", 99)
    almost = fit_logistic(features, codes, 3, folds, penalties=(1e-2,))[0]
    assert almost.weight.shape == full.weight.shape
    np.testing.assert_allclose(full.proba(features), almost.proba(features), atol=1e-2)


def test_constant_features_get_no_weight():
    features, codes, folds = task()
    features[:, 3] = 5.0
    head, _ = fit_logistic(features, codes, 3, folds, penalties=(1e-3,))
    assert np.all(np.isfinite(head.logits(features)))
    assert np.abs(head.weight[:, 3]).max() < 1e-6


def test_a_head_scores_standardised_features():
    values = [np.array(one, np.float32) for one in ([1, 1], [2, 4], [[1, 0], [0, 1]], [0, 1])]
    head = LinearHead(*values)
    np.testing.assert_allclose(head.logits(np.array([[3, 5]], np.float32)), [[1, 2]])
    np.testing.assert_allclose(head.proba(np.array([[3, 5]])), [[1 / (1 + np.e), np.e / (1 + np.e)]])
    assert set(head.tensors()) == {"mean", "scale", "weight", "bias"}


def test_rows_are_read_in_blocks_and_only_those_of_the_table():
    arrays = np.arange(10.0).reshape(5, 2), np.arange(5.0).reshape(5, 1)
    table = FeatureTable(arrays, np.array([4, 0, 2]))
    assert table[:].tolist() == [[8, 9, 4], [0, 1, 0], [4, 5, 2]]
    assert table.take(np.array([2, 0]))[1:].tolist() == [[8, 9, 4]]
    assert (len(table), table.width) == (3, 3)


@pytest.mark.parametrize("classes", [2, 3])
def test_more_rows_than_are_held_give_the_same_model(classes, monkeypatch):
    features, codes, folds = task(classes, rows=1200)
    whole, _ = fit_logistic(features, codes, classes, folds, penalties=(1e-3,))
    monkeypatch.setattr(many_rows, "MANY", 300)
    monkeypatch.setattr(many_rows, "PASSES", 200)
    streamed, _ = fit_logistic(features, codes, classes, folds, penalties=(1e-3,))
    np.testing.assert_allclose(whole.proba(features), streamed.proba(features), atol=2e-2)
    assert np.mean(np.abs(whole.proba(features) - streamed.proba(features))) < 2e-3


def test_a_class_that_the_sample_lacks_is_learned_from_all_rows(monkeypatch):
    features, codes, folds = task(3, noise=0.3, rows=1200)
    kept = np.concatenate([np.flatnonzero(codes != 2), np.flatnonzero(codes == 2)[:40]])
    monkeypatch.setattr(many_rows, "MANY", 8)
    assert 2 not in codes[kept][many_rows.some_places(len(kept))]
    head, _ = fit_logistic(features[kept], codes[kept], 3, folds[kept], penalties=(1e-4,))
    assert np.mean(head.proba(features[codes == 2]).argmax(axis=1) == 2) > 0.9


def test_a_table_on_disk_gives_what_the_array_gives(tmp_path):
    features, codes, folds = task()
    np.save(tmp_path / "all.npy", np.concatenate([features, features]))
    table = FeatureTable((np.load(tmp_path / "all.npy", mmap_mode="r"),), np.arange(ROWS))
    one, two = (fit_logistic(one, codes, 3, folds, penalties=PENALTIES)[0] for one in (features, table))
    assert np.array_equal(one.proba(features), two.proba(table))


def test_of_one_class_alone_it_learns_that_class():
    features = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    head, _ = fit_logistic(features, np.ones(6, dtype=np.int64), 3, np.arange(6) % 3, penalties=PENALTIES)
    assert head.proba(features).argmax(axis=1).tolist() == [1] * 6


def test_wide_features_that_never_vary_are_answered_with_the_class_shares():
    codes, folds = np.arange(30) % 2, np.arange(30) % 3
    head, _ = fit_logistic(np.ones((30, rotation.RANK + 1), np.float32), codes, 2, folds, penalties=PENALTIES)
    np.testing.assert_allclose(head.proba(np.ones((1, rotation.RANK + 1), np.float32)), [[0.5, 0.5]], atol=1e-3)
