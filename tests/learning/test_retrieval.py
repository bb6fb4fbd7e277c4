import numpy as np

from warmstart.learning.retrieval import reciprocal_ranks


def test_pieces_that_are_alike_find_each_other_whatever_the_scale():
    first = np.random.default_rng(0).normal(size=(20, 6))
    scales = 10.0 ** np.arange(6)
    assert reciprocal_ranks(first, first + 0.01).tolist() == [1.0] * 20
    assert (reciprocal_ranks(first * scales, (first + 0.01) * scales) == 1.0).all()


def test_pieces_that_have_nothing_to_do_with_each_other_are_found_by_chance():
    rng = np.random.default_rng(0)
    found = reciprocal_ranks(rng.normal(size=(200, 8)), rng.normal(size=(200, 8)))
    assert abs(found.mean() - np.mean(1 / np.arange(1, 201))) < 0.02


def test_a_network_that_sees_everything_alike_gets_no_more_than_chance():
    found = reciprocal_ranks(np.ones((9, 4)), np.ones((9, 4)))
    assert found.tolist() == [1 / 5] * 9


def test_the_rank_of_each_pair_is_its_own():
    first = np.eye(4)
    second = first[[0, 1, 3, 2]]
    found = reciprocal_ranks(first, second)
    assert (found[:2] == 1).all()
    assert (found[2:] < 0.6).all()
