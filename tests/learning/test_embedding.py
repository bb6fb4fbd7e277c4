import numpy as np

from warmstart.learning.embedding import embedded, side_by_side


def test_the_lowest_quarter_of_the_stages_is_left_out():
    assert embedded(("a", "b", "c")) == ("a", "b", "c")
    assert embedded(("a", "b", "c", "d", "e")) == ("b", "c", "d", "e")
    assert len(embedded(tuple(map(str, range(18))))) == 14


def test_every_stage_weighs_the_same_and_maxima_nothing():
    low, high = np.array([[3.0, 4.0, 9.0, 9.0]]), np.array([[100.0, 7.0], [0.0, 7.0]])
    np.testing.assert_allclose(side_by_side([low, high[:1]]), [[0.6, 0.8, 1.0]])
    np.testing.assert_allclose(side_by_side([high]), [[1.0], [0.0]])
