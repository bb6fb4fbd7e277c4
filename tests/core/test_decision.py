import numpy as np

from warmstart.core.decision import decide


def test_an_answer_is_the_largest_weighted_probability():
    proba = np.array([[0.6, 0.4], [0.9, 0.1]])
    assert decide(proba, np.ones(2)).tolist() == [0, 0]
    assert decide(proba, np.array([0.5, 1.0])).tolist() == [1, 0]
    assert decide(proba, np.array([1, 2])).tolist() == [1, 0]
