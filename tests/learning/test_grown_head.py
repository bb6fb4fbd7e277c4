import numpy as np
import pytest

from warmstart.learning.grown_head import Moments, decision_weights, grow


def rows(counts, *, seed=0, columns=4, apart=4.0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(counts)), counts)
    centres = apart * np.eye(max(columns, len(counts)))[: len(counts), :columns]
    return centres[codes] + rng.normal(size=(len(codes), columns)), codes


def moments(columns, codes):
    counts = np.bincount(codes)
    means = np.stack([columns[codes == code].mean(axis=0) for code in range(len(counts))])
    return Moments(means, counts, np.eye(columns.shape[1]))


def answers(head, columns, before):
    return head.proba(before, columns).argmax(axis=1)


def test_a_new_class_is_told_from_the_old_ones_by_moments_alone():
    columns, codes = rows((100, 100, 100))
    old = codes < 2
    head = grow(moments(columns[old], codes[old]), columns[~old], codes[~old], 3)
    fresh, truth = rows((100, 100, 100), seed=1)
    # The old head is right about old rows, and knows nothing of the others.
    before = np.where(truth[:, None] == np.arange(2), 0.9, 0.1)
    before[truth == 2] = 0.5
    proba = head.proba(before, fresh)
    assert np.allclose(proba.sum(axis=1), 1)
    assert np.mean(proba.argmax(axis=1) == truth) > 0.95


def test_classes_without_new_rows_share_as_the_old_head_says():
    columns, codes = rows((50, 50, 50))
    old = codes < 2
    head = grow(moments(columns[old], codes[old]), columns[~old], codes[~old], 3)
    before = np.random.default_rng(2).dirichlet([1, 1], size=len(columns))
    among_old = head.proba(before, columns)[:, :2]
    assert np.allclose(among_old / among_old.sum(axis=1, keepdims=True), before)


def test_running_means_are_those_of_all_rows_together():
    columns, codes = rows((60, 40, 30))
    first = np.arange(len(codes)) % 2 == 0
    head = grow(moments(columns[first], codes[first]), columns[~first], codes[~first], 3)
    whole = moments(columns, codes)
    assert np.allclose(head.moments.means, whole.means)
    assert head.counts.tolist() == whole.counts.tolist()


def test_new_rows_of_an_old_class_draw_answers_towards_it():
    columns, codes = rows((50, 50))
    moved = np.full((50, 4), 2.0)
    head = grow(moments(columns, codes), moved, np.ones(50, dtype=np.int64), 2)
    even = np.full((1, 2), 0.5)
    assert head.proba(even, np.full((1, 4), 2.0))[0, 1] > 0.8


def test_two_updates_give_the_moments_of_one():
    columns, codes = rows((50, 50, 20, 20))
    known = moments(columns[codes < 2], codes[codes < 2])
    at_once = grow(known, columns[codes >= 2], codes[codes >= 2], 4)
    first = grow(known, columns[codes == 2], codes[codes == 2], 3)
    then = grow(first.moments, columns[codes == 3], codes[codes == 3], 4)
    assert np.allclose(then.moments.means, at_once.moments.means)
    assert np.allclose(then.moments.covariance, at_once.moments.covariance)
    assert np.allclose(then.discriminants.weight, at_once.discriminants.weight)


@pytest.mark.parametrize("power", [0.0, -0.5, -1.0])
def test_new_classes_are_weighted_as_the_old_ones_are(power):
    before, after = np.array([100, 25, 50]), np.array([100, 25, 50, 10])
    expected = (after / before.sum()) ** power
    found = decision_weights((before / before.sum()) ** power, before, after)
    assert np.allclose(found / found[0], expected / expected[0])


@pytest.mark.parametrize("classes", [2, 6, 10, 11, 12])
def test_classes_of_one_size_are_weighted_alike(classes):
    before = np.full(classes, 10)
    found = decision_weights(1 - 1e-12 * np.arange(classes), before, np.append(before, 3))
    assert np.allclose(found, 1)
