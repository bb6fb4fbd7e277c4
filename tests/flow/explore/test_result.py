from types import SimpleNamespace

import numpy as np
import pytest

from warmstart.flow.explore.result import _trust, how_chosen
from warmstart.learning.centres import Means
from warmstart.learning.stability import Candidate, choose


@pytest.mark.parametrize(
    ("stability", "reference", "said"),
    [
        (0.30, 0.28, "not as groups that it has"),
        (0.95, 0.94, "not as groups that it has"),
        (1.00, 0.93, "nearly the same clusters"),
        (0.70, 0.30, "similar clusters, with other borders"),
        (0.50, 0.20, "clusters that overlap with these"),
    ],
)
def test_how_far_to_trust_depends_on_what_rows_without_groups_give(stability, reference, said):
    assert said in _trust(Candidate(Means(3), 3, stability, reference=reference))


@pytest.mark.parametrize(
    ("asked", "opening"),
    [
        (2, "2 clusters were asked for: two samples"),
        (5, "5 clusters were asked for, and 2 found, as no more rows look different to the source: two samples"),
        (None, "Of 1 ways tried, the 2 clusters of k-means stand out most: two samples"),
    ],
)
def test_it_says_how_many_clusters_were_asked_for_and_how_many_found(asked, opening):
    chosen = Candidate(Means(2), 2, 1.0, reference=0.5)
    grouping = SimpleNamespace(chosen=chosen, candidates=(chosen,), centres=np.zeros((2, 3)), asked=asked)
    found = SimpleNamespace(grouping=grouping, rows=SimpleNamespace(distinct=np.arange(40)))
    assert how_chosen(found).startswith(opening)


def test_the_number_that_stands_out_most_is_chosen_and_not_the_most_stable_one():
    two = Candidate(Means(2), 2, 0.96, reference=0.87)
    five = Candidate(Means(5), 5, 0.88, reference=0.59)
    none = Candidate(Means(9), 9, None, reason="it does not apply")
    assert choose([two, five, none]) == five
