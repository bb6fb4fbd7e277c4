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


def test_draws_without_any_row_that_counts_do_no_harm():
    found = share_of(evidence(TRUTH, groups=np.arange(200) // 100), np.ones(200, bool), MASK)
    assert (found.low, found.value, found.high) == (1.0, 1.0, pytest.approx(1.0))


def test_a_cross_fitted_share_is_less_sure():
    crossed, held_out = (share_of(evidence(TRUTH, evaluation=how), MASK) for how in ("cross-fitted", "held-out"))
    assert crossed.high - crossed.low > held_out.high - held_out.low
