import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from warmstart.learning.agreement import adjusted_rand, compare

DRAWS = 200


def labels_and_groups(rows=300, noise=0.3, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, rows)
    groups = np.where(rng.random(rows) < noise, rng.integers(0, 5, rows), labels)
    return labels, groups


def test_both_measures_are_those_of_scikit_learn():
    labels, groups = labels_and_groups()
    found = compare(labels, {"own": groups}, draws=20).agreements["own"]
    assert found.rand.value == pytest.approx(adjusted_rand_score(labels, groups))
    assert found.information == pytest.approx(normalized_mutual_info_score(labels, groups))
    assert adjusted_rand(labels, groups) == pytest.approx(adjusted_rand_score(labels, groups))


def test_the_interval_holds_the_value_and_narrows_with_rows():
    few = compare(*with_own(*labels_and_groups(100)), draws=DRAWS).agreements["own"].rand
    many = compare(*with_own(*labels_and_groups(2000)), draws=DRAWS).agreements["own"].rand
    assert few.low < few.value < few.high
    assert many.high - many.low < 0.5 * (few.high - few.low)


def with_own(labels, groups):
    return labels, {"own": groups}


def test_copies_of_rows_in_a_draw_do_not_pass_for_agreement():
    """Groups that are chance agree by 0 on average, also where a draw has rows twice."""
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 3, 40), rng.integers(0, 20, 40)
    found = compare(labels, {"own": groups}, draws=2000).agreements["own"].rand
    assert found.low < 0.02 < found.high
    assert abs((found.low + found.high) / 2 - found.value) < 0.1


def test_a_better_grouping_is_above_and_an_equal_one_is_not():
    labels, groups = labels_and_groups(1000, noise=0.2)
    _, worse = labels_and_groups(1000, noise=0.6)
    found = compare(labels, {"own": groups, "same": groups, "worse": worse}, draws=DRAWS).differences
    assert set(found) == {"same", "worse"}
    assert found["worse"].low > 0
    assert (found["same"].low, found["same"].value, found["same"].high) == (0.0, 0.0, 0.0)
