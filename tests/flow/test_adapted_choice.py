import numpy as np
import pytest

from warmstart.flow.adapted_choice import JUDGED, LIMIT, by_gate, by_mix
from warmstart.flow.tried import SOURCE_ONLY, Tried
from warmstart.learning.linear import LinearHead

HEAD = LinearHead(*(np.zeros(1) for _ in range(4)))
ROWS = 100


def tried(name, share, *, head=HEAD):
    """A method that answers so large a share of the rows with the first class."""
    proba = np.where(np.arange(ROWS)[:, None] < share * ROWS, [[0.8, 0.2]], [[0.3, 0.7]])
    return Tried(name, "", head, proba, reason="" if head else "it does not apply")


def test_averages_where_the_class_shares_stay_near():
    found = by_gate([tried(SOURCE_ONLY, 0.5), tried(JUDGED, 0.5 + LIMIT)], [JUDGED])
    assert found.name == f"average of {SOURCE_ONLY} and {JUDGED}"
    assert found.adapts
    assert "15.0 %" in found.why


def test_does_not_adapt_where_they_move_further():
    found = by_gate([tried(SOURCE_ONLY, 0.5), tried(JUDGED, 0.51 + LIMIT)], [JUDGED])
    assert list(found.heads) == [SOURCE_ONLY]
    assert not found.adapts
    assert "The source's own head is kept" in found.why
    assert "16.0 %" in found.why


def test_judges_each_that_was_named():
    everything = [tried(SOURCE_ONLY, 0.5), tried("near", 0.55), tried("far", 0.9)]
    assert list(by_gate(everything, ["near", "far"]).heads) == [SOURCE_ONLY, "near"]


def test_what_is_not_judged_does_not_join():
    assert list(by_gate([tried(SOURCE_ONLY, 0.5), tried("other", 0.5)], [JUDGED]).heads) == [SOURCE_ONLY]


def test_what_does_not_apply_does_not_join():
    everything = [tried(SOURCE_ONLY, 0.5), tried("none", 0.5, head=None)]
    assert list(by_gate(everything, ["none"]).heads) == [SOURCE_ONLY]
    assert list(by_mix(everything, ["none"]).heads) == [SOURCE_ONLY]


def test_a_known_mix_needs_no_gate():
    found = by_mix([tried(SOURCE_ONLY, 0.5), tried(JUDGED, 0.95)], [JUDGED])
    assert found.name == JUDGED
    assert "class mix of the target is known" in found.why


def test_answered_shares_sum_to_one():
    assert tried("one", 0.3).shares == pytest.approx([0.3, 0.7])
