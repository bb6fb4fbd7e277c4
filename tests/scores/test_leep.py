import dataclasses

import numpy as np
import pytest

from warmstart.errors import NotApplicable
from warmstart.scores.leep import Leep


def test_a_head_that_is_always_right_loses_nothing():
    look, _ = Leep.example()
    certain = dataclasses.replace(look, source_proba=np.eye(2)[look.codes])
    assert Leep().score(certain) == pytest.approx(0)


def test_a_head_that_answers_all_alike_is_worth_the_shares_of_the_classes():
    _, look = Leep.example()
    assert Leep().score(look) == pytest.approx(np.log(0.5))


def test_says_where_the_source_has_no_head_that_reads_the_cut():
    look, _ = Leep.example()
    with pytest.raises(NotApplicable, match="'tiny' has no head of its own that reads this cut"):
        Leep().score(dataclasses.replace(look, source_proba=None))
