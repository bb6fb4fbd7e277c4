import numpy as np
import pytest
from scipy.special import softmax

from warmstart.core.representation import FeatureTable
from warmstart.errors import DataError
from warmstart.learning.agreement import adjusted_rand
from warmstart.learning.centres import Dense, Means, nearest
from warmstart.learning.grouping import group, representatives
from warmstart.learning.reduction import reduce
from warmstart.learning.stability import measure


def blobs(groups, rows=60, width=40, apart=6.0, seed=0):
    """Rows round so many centres, and which centre each is round."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, width)) * apart / np.sqrt(width) * 2
    codes = np.arange(groups * rows) % groups
    return (centres[codes] + rng.normal(size=(len(codes), width)) * 0.5).astype(np.float32), codes


def table(values):
    return FeatureTable((values,), np.arange(len(values)))


@pytest.fixture(scope="module")
def four():
    values, codes = blobs(4)
    return values, codes, group(table(values), np.arange(len(values)), seed=0)


def test_finds_the_groups_that_are_there_and_how_many(four):
    _, codes, found = four
    assert len(found.centres) == 4
    assert adjusted_rand(codes, found.codes) == 1.0
    assert found.chosen.stability > 0.95
    assert found.kept.tolist() == pytest.approx([1.0] * 4)


def test_a_linear_head_gives_the_softmax_of_negative_squared_distances(four):
    values, _, found = four
    far = ((found.values[:, None] - found.centres[None]) ** 2).sum(axis=2)
    expected = softmax(-found.sharpness * far, axis=1)
    np.testing.assert_allclose(found.head().proba(values), expected, atol=1e-4)
    assert (found.head().proba(values).argmax(axis=1) == found.codes).all()


def test_the_largest_group_comes_first():
    values, codes = blobs(3, rows=40)
    keep = np.concatenate(
        [np.flatnonzero(codes == 0)[:10], np.flatnonzero(codes == 1), np.flatnonzero(codes == 2)[:20]]
    )
    found = group(table(values[keep]), np.arange(len(keep)), clusters=3, seed=0)
    assert np.bincount(found.codes).tolist() == [40, 20, 10]
    assert [one.method.name for one in found.candidates] == ["k-means, 3"]


def test_the_same_seed_gives_the_same_groups():
    values, _ = blobs(5, rows=30, apart=2.0)
    one, other = (group(table(values), np.arange(len(values)), seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.codes, other.codes)
    assert one.candidates == other.candidates


def test_rows_without_groups_are_said_to_be_unstable():
    values = np.random.default_rng(0).normal(size=(120, 20)).astype(np.float32)
    found = group(table(values), np.arange(120), seed=0)
    assert found.chosen.stability < 0.65


def test_dense_regions_are_found_and_none_is_not_applicable():
    values, codes = blobs(3)
    assert adjusted_rand(codes, nearest(values, Dense().centres(values, seed=0))) > 0.95
    spread = np.random.default_rng(0).uniform(size=(60, 30)).astype(np.float32)
    (one,) = measure(spread, [Dense()], seed=0)
    assert one.stability is None
    assert "dense region" in one.reason


def test_the_nearest_centre_is_the_one_of_scikit_learn():
    values, _ = blobs(4, apart=1.0)
    centres = Means(4).centres(values, seed=0)
    expected = ((values[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest(values, centres), expected)


def test_reduction_keeps_distances_where_it_keeps_all_directions():
    values, _ = blobs(2, rows=20, width=6)
    reduction = reduce(table(values), dimensions=6)
    reduced = reduction.apply(table(values))
    assert reduction.kept == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(
        np.linalg.norm(reduced[0] - reduced[1:], axis=1), np.linalg.norm(values[0] - values[1:], axis=1), rtol=1e-4
    )


def test_representatives_are_nearest_first_and_of_the_given_rows():
    values = np.array([[0.0], [0.1], [0.3], [5.0], [5.2]])
    centres, codes = np.array([[0.0], [5.0]]), np.array([0, 0, 0, 1, 1])
    found = representatives(values, centres, codes, rows=np.array([1, 2, 3, 4]), most=2)
    assert [rows.tolist() for rows in found] == [[1, 2], [3, 4]]


def test_rows_that_all_look_alike_to_the_source_are_one_sentence():
    with pytest.raises(DataError, match=r"all of 12 rows have the same features\. Try another --source"):
        reduce(table(np.ones((12, 5), np.float32)))


def test_more_groups_than_the_source_tells_apart_do_not_fail():
    values = np.repeat(np.eye(3, 5, dtype=np.float32), 8, axis=0)
    found = group(table(values), np.arange(24), clusters=6, seed=0)
    assert np.bincount(found.codes).tolist() == [8, 8, 8]
    assert (found.asked, len(found.centres), found.chosen.clusters) == (6, 3, 3)
    assert np.isfinite(found.head().proba(values)).all()


def test_no_more_groups_are_tried_than_rows_look_different_to_the_source():
    values = np.repeat(np.eye(2, 5, dtype=np.float32), 20, axis=0)
    values += np.random.default_rng(0).normal(size=values.shape).astype(np.float32) * 1e-7
    found = group(table(values), np.arange(40), seed=0)
    assert np.bincount(found.codes).tolist() == [20, 20]
    assert [one.method.name for one in found.candidates] == ["k-means, 2", "HDBSCAN"]
