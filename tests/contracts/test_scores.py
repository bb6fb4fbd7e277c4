"""Every score keeps the contract of `scores/_base.py`, whichever file brings it."""

import dataclasses

import numpy as np
import pytest

from warmstart.core.catalog import catalog, parts
from warmstart.errors import NotApplicable

SCORES = parts("scores")
LOOKING = [kind for kind in SCORES if kind.example()[0].features is not None]


def test_there_are_scores():
    assert "prior" in catalog("scores")


@pytest.mark.parametrize("kind", SCORES, ids=lambda kind: kind.name)
class TestEveryScore:
    def test_ranks_the_better_source_of_its_example_higher(self, kind):
        better, worse = kind.example()
        assert kind().score(better) > kind().score(worse)

    def test_gives_the_same_finite_number_again(self, kind):
        better, _ = kind.example()
        first, second = kind().score(better), kind().score(dataclasses.replace(better))
        assert isinstance(first, float)
        assert np.isfinite(first)
        assert first == second


@pytest.mark.parametrize("kind", LOOKING, ids=lambda kind: kind.name)
class TestEveryScoreThatLooks:
    def test_says_so_where_nothing_was_looked_at(self, kind):
        better, _ = kind.example()
        with pytest.raises(NotApplicable, match=r"'tiny' (was not run|has no head)"):
            kind().score(dataclasses.replace(better, features=None, codes=None, source_proba=None))

    def test_is_finite_where_all_rows_look_the_same(self, kind):
        better, _ = kind.example()
        assert np.isfinite(kind().score(dataclasses.replace(better, features=np.zeros_like(better.features))))

    def test_does_not_depend_on_the_names_of_the_classes(self, kind):
        better, _ = kind.example()
        renamed = dataclasses.replace(better, codes=3 * better.codes + 5)
        assert kind().score(renamed) == pytest.approx(kind().score(better))
