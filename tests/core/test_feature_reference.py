from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.feature_reference import FLAGGED, FeatureReference, scaled

AXES = np.eye(3, dtype=np.float32)


def like(count, seed):
    """Rows of any length near the first axis or near the second."""
    rng = np.random.default_rng(seed)
    near = AXES[rng.integers(2, size=count)] + 0.1 * rng.normal(size=(count, 3))
    return near * rng.uniform(0.1, 50, (count, 1))


def reference():
    """Two classes, on the first and on the second axis; all vary by 0.1 in every direction."""
    parts = (np.zeros(3), AXES[:, :2], 10 * np.eye(2), 10 * np.eye(2), np.array([0.1]))
    space = FeatureReference(*(part.astype(np.float32) for part in parts), np.zeros(19, np.float32))
    return FeatureReference(**{**space.tensors(), "distances": np.sort(space.distance(like(400, seed=0)))})


def test_the_distance_is_that_to_the_nearest_class_mean_and_what_lies_beside_the_directions_counts():
    rows = np.float32([[7, 0, 0], [0.8, 0.6, 0], [0, 0.6, 0.8], [0, 0, 0]])
    assert reference().distance(rows).tolist() == pytest.approx([0, 40**0.5, 80**0.5, 10])


def test_of_rows_like_the_training_rows_one_in_twenty_is_flagged():
    assert np.mean(reference().p_values(like(20_000, seed=1)) <= FLAGGED) == pytest.approx(FLAGGED, abs=0.03)


def test_a_row_as_far_as_none_has_the_smallest_p_value_and_one_at_a_mean_the_largest():
    assert reference().p_values(np.float32([[0, 0, 9], [9, 0, 0]])).tolist() == [1 / 401, 1.0]


def test_it_comes_back_from_its_tensors():
    made = reference()
    back = FeatureReference.from_tensors(made.tensors())
    rows = like(50, seed=2)
    assert back.p_values(rows).tolist() == made.p_values(rows).tolist()
    assert back.covariance is None


def test_a_covariance_that_was_moved_comes_back_and_leaves_the_distances():
    made = replace(reference(), covariance=4 * np.eye(2))
    back = FeatureReference.from_tensors(made.tensors())
    assert back.covariance.tolist() == [[4, 0], [0, 4]]
    rows = like(50, seed=2)
    assert back.p_values(rows).tolist() == reference().p_values(rows).tolist()
    with pytest.raises(ValueError, match="do not belong together"):
        FeatureReference.from_tensors({**made.tensors(), "covariance": np.eye(3, dtype=np.float32)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"centre": np.zeros(4)},
        {"whitening": np.zeros((3, 3))},
        {"means": np.zeros((2, 3))},
        {"means": np.zeros((0, 2))},
        {"remainder": np.zeros(())},
        {"distances": np.zeros(3)},
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(wrong):
    with pytest.raises(ValueError, match="do not belong together"):
        FeatureReference.from_tensors(reference().tensors() | wrong)


def test_rows_are_scaled_to_length_one_and_zeros_are_left():
    np.testing.assert_allclose(scaled(np.float32([[3, 4], [0, 0]])), [[0.6, 0.8], [0, 0]], rtol=1e-6)
