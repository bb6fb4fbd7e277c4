from dataclasses import replace

import numpy as np
import pytest

from warmstart.flow.adapt.choice import JUDGED, LIMIT, by_gate, by_mix
from warmstart.flow.adapt.tried import SOURCE_ONLY, Tried
from warmstart.learning.linear import LinearHead

HEAD = LinearHead(*(np.zeros(1) for _ in range(4)))
ROWS = 100


def tried(name, share, *, head=HEAD, follows_mix=False):
    """A method that answers so large a share of the rows with the first class."""
    proba = np.where(np.arange(ROWS)[:, None] < share * ROWS, [[0.8, 0.2]], [[0.3, 0.7]])
    return Tried(name, "", head, proba, reason="" if head else "it does not apply", follows_mix=follows_mix)


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
    found = by_mix([tried(SOURCE_ONLY, 0.5), tried(JUDGED, 0.95, follows_mix=True)], [JUDGED])
    assert found.name == JUDGED
    assert "class mix of the target is known" in found.why


def test_a_known_mix_is_no_leave_for_what_does_not_read_it():
    blind = [tried(SOURCE_ONLY, 0.5), tried("coral", 0.95)]
    found = by_mix(blind, ["coral"])
    assert (list(found.heads), found.by) == ([SOURCE_ONLY], "gate")
    assert found.why.startswith("Nothing that could be taken reads the class mix that was given. The source's own")
    found = by_mix([*blind, tried("standardise", 0.9, follows_mix=True)], ["standardise", "coral"])
    assert (list(found.heads), found.by) == (["standardise"], "mix")
    assert "What does not read it is left out: coral." in found.why


def test_the_benchmark_speaks_of_what_it_tried_alone():
    everything = [tried(SOURCE_ONLY, 0.5), tried(JUDGED, 0.5, follows_mix=True), tried("standardise", 0.5)]
    assert by_gate(everything, [JUDGED]).is_benchmarked
    assert by_mix(everything, [JUDGED]).is_benchmarked
    assert not by_gate(everything, ["standardise"]).is_benchmarked
    assert not replace(by_gate(everything, [JUDGED]), by="labels").is_benchmarked


def test_answered_shares_sum_to_one():
    assert tried("one", 0.3).shares == pytest.approx([0.3, 0.7])
