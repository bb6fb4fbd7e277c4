import numpy as np

from warmstart.learning.duplicates import exact_pairs, stars


def test_groups_are_stars_and_never_chains():
    chain = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    centre = stars(["a", "b", "c", "d", "e"], chain)
    assert set(zip(range(5), centre.tolist(), strict=True)) == {(0, 1), (1, 1), (2, 1), (3, 3), (4, 3)}


def test_exact_copies_follow_their_first_row_into_its_star():
    assert stars(["a", "b", "a"], np.array([[1, 2]])).tolist() == [0, 0, 0]
    assert exact_pairs(["a", "b", "a", "a"]).tolist() == [[0, 2], [0, 3]]
