import numpy as np
import pytest

from warmstart.core.feature_reference import FLAGGED, FeatureReference


def reference(distances=None):
    """Two classes at (0, 0) and (6, 0) in three features, of which the last says nothing."""
    directions = np.eye(3, dtype=np.float32)[:, :2]
    means = np.float32([[0, 0], [6, 0]])
    rng = np.random.default_rng(0)
    own = np.sort(np.hypot(*rng.normal(size=(2, 400)))) if distances is None else distances
    return FeatureReference(np.zeros(3, np.float32), directions, means, own.astype(np.float32))


def test_the_distance_is_that_to_the_nearest_class_mean():
    rows = np.float32([[0, 3, 50], [6, 0, 0], [4, 0, -7]])
    assert reference().distance(rows).tolist() == [3, 0, 2]


def test_of_rows_like_the_training_rows_one_in_twenty_is_flagged():
    rng = np.random.default_rng(1)
    like = rng.normal(size=(20_000, 3)) + np.where(rng.random((20_000, 1)) < 0.5, 0, [[6, 0, 0]])
    assert np.mean(reference().p_values(like) <= FLAGGED) == pytest.approx(FLAGGED, abs=0.03)


def test_a_row_as_far_as_none_has_the_smallest_p_value_and_one_at_a_mean_the_largest():
    assert reference().p_values(np.float32([[0, 40, 0], [6, 0, 0]])).tolist() == [1 / 401, 1.0]


def test_it_comes_back_from_its_tensors():
    made = reference()
    back = FeatureReference.from_tensors(made.tensors())
    rows = np.random.default_rng(2).normal(size=(50, 3))
    assert back.p_values(rows).tolist() == made.p_values(rows).tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"centre": np.zeros(4)},
        {"means": np.zeros((2, 3))},
        {"means": np.zeros((0, 2))},
        {"distances": np.zeros(3)},
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(wrong):
    with pytest.raises(ValueError, match="do not belong together"):
        FeatureReference.from_tensors(reference().tensors() | wrong)
