import numpy as np
import pytest

from tests.tiny_evidence import evidence
from warmstart.learning.intervals import proportion
from warmstart.learning.shares import share_of

TRUTH = np.arange(200) % 2
MASK = np.arange(200) < 20


def test_independent_rows_have_wilsons_interval():
    assert share_of(evidence(TRUTH), MASK) == proportion(0.1, 200)
    assert share_of(evidence(TRUTH), TRUTH == 0, MASK) == proportion(0.5, 20)


def test_where_rows_belong_together_the_interval_is_wider():
    grouped = share_of(evidence(TRUTH, groups=np.arange(200) // 20), MASK)
    alone = share_of(evidence(TRUTH), MASK)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_where_all_that_counts_is_of_one_group_it_is_no_more_than_one_row():
    found = share_of(evidence(TRUTH, groups=np.arange(200) // 100), np.ones(200, bool), MASK)
    assert found.to_json() == pytest.approx(proportion(1.0, 1).to_json())


def test_a_cross_fitted_share_is_less_sure():
    crossed, held_out = (share_of(evidence(TRUTH, evaluation=how), MASK) for how in ("cross-fitted", "held-out"))
    assert crossed.high - crossed.low > held_out.high - held_out.low
