import numpy as np
import pytest

from warmstart.core.feature_reference import FLAGGED
from warmstart.errors import NotApplicable
from warmstart.learning.feature_space import DIRECTIONS, compared_with, feature_space, moved_by

CLASSES, WIDTH = 3, 200
CENTRES = np.random.default_rng(7).normal(0, 1.5, (CLASSES, WIDTH))
SCALES = np.geomspace(4, 0.05, WIDTH)


def rows(count, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(CLASSES, size=count)
    return (CENTRES[codes] + rng.normal(size=(count, WIDTH)) * SCALES).astype(np.float32), codes


def reference():
    space = feature_space(*rows(200, seed=0))
    return compared_with(space, space.distance(rows(400, seed=1)[0]))


def test_new_rows_of_the_same_kind_are_flagged_as_often_as_is_said():
    fresh, _ = rows(3000, seed=2)
    assert np.mean(reference().p_values(fresh) <= FLAGGED) == pytest.approx(FLAGGED, abs=0.03)


def test_compared_with_the_rows_that_it_was_fitted_on_far_too_many_would_be_flagged():
    features, codes = rows(300, seed=0)
    space = feature_space(features, codes)
    fresh, _ = rows(3000, seed=2)
    assert np.mean(compared_with(space, space.distance(features)).p_values(fresh) <= FLAGGED) > 4 * FLAGGED


def test_rows_of_a_class_that_was_not_there_are_flagged():
    rng = np.random.default_rng(3)
    strange = rng.normal(0, 1.5, WIDTH) + rng.normal(size=(200, WIDTH)) * SCALES
    assert np.mean(reference().p_values(strange) <= FLAGGED) > 0.95


def test_it_is_kept_in_few_directions():
    features, codes = rows(300, seed=0)
    space = feature_space(features, codes)
    assert space.directions.shape == (WIDTH, WIDTH // 2)
    wide = np.random.default_rng(0).normal(size=(600, 600)).astype(np.float32)
    assert feature_space(wide, np.arange(600) % 2).directions.shape == (600, DIRECTIONS)
    assert {values.dtype for values in space.tensors().values()} == {np.dtype(np.float32)}


def test_fewer_rows_than_directions_will_do():
    features, codes = rows(24, seed=0)
    assert np.isfinite(feature_space(features, codes).distance(rows(9, seed=1)[0])).all()


def test_features_that_never_vary_measure_nothing():
    for width in (1, 40):
        with pytest.raises(NotApplicable, match="its features hardly vary from row to row"):
            feature_space(np.ones((30, width), np.float32), np.arange(30) % 2)


def test_too_few_rows_to_compare_with_are_said():
    with pytest.raises(NotApplicable, match="it takes 19 rows to compare with, and there are 18"):
        compared_with(reference(), np.ones(18))


def test_rows_that_it_was_compared_with_move_its_means_and_covariance_and_nothing_else():
    (first, codes), (second, more) = rows(300, seed=0), rows(500, seed=1)
    space = feature_space(first, codes)
    columns = space.columns(second)
    found = moved_by(compared_with(space, space.distance_of_columns(columns)), codes, columns, more)
    white, every = np.concatenate([space.columns(first), columns])[:, :-1], np.concatenate([codes, more])
    np.testing.assert_allclose(found.means, [white[every == code].mean(axis=0) for code in range(CLASSES)], atol=1e-3)
    assert found.covariance.shape == space.whitening.shape
    assert found.distances.tolist() == sorted(space.distance_of_columns(columns))
    assert found.directions is space.directions


def test_rows_of_a_class_without_a_mean_move_none():
    features, codes = rows(300, seed=0)
    space = feature_space(features, codes)
    found = moved_by(space, codes, space.columns(features + 9), np.full(300, CLASSES))
    np.testing.assert_allclose(found.means, space.means)
    np.testing.assert_allclose(found.covariance, np.eye(len(space.whitening)))
