"""Every score keeps the contract of `scores/_base.py`, whichever file brings it."""

import numpy as np
import pytest

from warmstart.core.catalog import catalog, parts

SCORES = parts("scores")


def test_there_are_scores():
    assert "prior" in catalog("scores")


@pytest.mark.parametrize("kind", SCORES, ids=lambda kind: kind.name)
class TestEveryScore:
    def test_ranks_the_better_source_of_its_example_higher(self, kind):
        better, worse = kind.example()
        assert kind().score(*better) > kind().score(*worse)

    def test_gives_the_same_finite_number_again(self, kind):
        better, _ = kind.example()
        first, second = kind().score(*better), kind().score(*better)
        assert isinstance(first, float)
        assert np.isfinite(first)
        assert first == second
