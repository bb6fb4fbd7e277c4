import numpy as np
import pytest

from warmstart.core.representation import FeatureTable
from warmstart.learning.few_rows import PRIOR, columns, fit_few, stage_scale, upper, widened
from warmstart.learning.linear import LinearHead

CODES = np.array([0, 0, 0, 0, 1, 1, 1, 1])


def table(*widths, seed=0):
    """Two classes, apart in the first column of every stage; the second half of the columns is noise of great size."""
    rng = np.random.default_rng(seed)
    arrays = []
    for width in widths:
        values = rng.normal(size=(len(CODES), 2 * width)).astype(np.float32)
        values[:, 0] += 6 * CODES
        values[:, width:] *= 100
        arrays.append(values)
    return FeatureTable(tuple(arrays), np.arange(len(CODES)))


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (3, 1), (7, 3), (18, 7)])
def test_the_upper_stages_are_two_fifths_of_all_and_at_least_the_last(count, kept):
    names = [f"stage_{number}" for number in range(count)]
    assert upper(names) == tuple(names[-kept:])


def test_means_of_texts_are_read_and_of_images_maxima_too():
    features = table(3, 2)
    expected = np.hstack([features.arrays[0][:, :3], features.arrays[1][:, :2]])
    np.testing.assert_array_equal(columns(features, "text")[:], expected)
    np.testing.assert_array_equal(columns(features, "image")[:], features[:])


def test_every_stage_counts_alike_and_keeps_the_proportions_of_its_columns():
    spread = np.array([3.0, 4.0, 50.0])
    scaled = spread / stage_scale(spread, [2, 1])
    assert scaled[0] / scaled[1] == pytest.approx(3 / 4)
    np.testing.assert_allclose([np.square(scaled[:2]).sum(), np.square(scaled[2:]).sum()], 0.5, rtol=1e-4)


def test_a_stage_that_does_not_vary_gives_no_infinities():
    assert np.isfinite(1 / stage_scale(np.zeros(2), [2])).all()


def test_few_texts_fit_a_head_that_does_not_look_at_maxima():
    features = table(3, 2)
    head = fit_few(features, CODES, 2, "text").head
    assert (head.logits(features).argmax(axis=1) == CODES).all()
    changed = features[:].copy()
    changed[:, [3, 4, 5, 8, 9]] = 1e6
    np.testing.assert_array_equal(head.logits(changed), head.logits(features))


def test_the_prior_is_the_same_however_many_rows_there_are():
    features = table(3)
    assert fit_few(features, CODES, 2, "image").penalty * 8 == pytest.approx(PRIOR)
    assert fit_few(features.take(np.arange(2, 6)), CODES[2:6], 2, "image").penalty * 4 == pytest.approx(PRIOR)


def test_a_class_without_rows_keeps_its_place():
    head = fit_few(table(3), CODES * 2, 3, "text").head
    assert head.weight.shape == (3, 6)
    assert set(head.logits(table(3)).argmax(axis=1)) == {0, 2}


def test_a_widened_head_answers_as_it_did():
    features = table(3, 2)
    mean, scale = np.arange(1, 6, dtype=np.float32), np.arange(2, 7, dtype=np.float32)
    narrow = LinearHead(mean, scale, np.ones((2, 5), np.float32), np.zeros(2, np.float32))
    expected = narrow.logits(columns(features, "text"))
    np.testing.assert_allclose(widened(narrow, features).logits(features), expected, rtol=1e-5)
