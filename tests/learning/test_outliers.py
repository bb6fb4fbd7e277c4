import numpy as np

from warmstart.learning import many_rows
from warmstart.learning.outliers import NOTABLE, outlier_scores


def crowd(rows=200, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, 4)).astype(np.float32)


def test_a_row_far_from_all_others_scores_highest():
    values = np.concatenate([crowd(), [[9.0, 9.0, 9.0, 9.0]]]).astype(np.float32)
    scores = outlier_scores(values, np.arange(len(values)))
    assert scores.argmax() == len(values) - 1
    assert scores[-1] > NOTABLE
    assert np.median(scores) < 1.1


def test_copies_do_not_make_each_other_a_crowd():
    values = np.concatenate([crowd(), np.full((30, 4), 9.0)]).astype(np.float32)
    scores = outlier_scores(values, np.arange(201))
    assert scores[200:].min() > NOTABLE


def test_rows_beyond_the_sample_are_scored_too(monkeypatch):
    values = np.concatenate([crowd(300), [[9.0, 9.0, 9.0, 9.0]]]).astype(np.float32)
    monkeypatch.setattr(many_rows, "MANY", 150)
    scores = outlier_scores(values, np.arange(len(values)))
    assert np.isfinite(scores).all()
    assert scores[-1] > NOTABLE


def test_rows_that_the_source_sees_alike_do_not_make_each_other_a_crowd():
    rng = np.random.default_rng(0)
    values = np.concatenate([np.ones((30, 4)) + 1e-7 * rng.normal(size=(30, 4)), crowd(10)]).astype(np.float32)
    assert outlier_scores(values, np.arange(40)).max() < 10
