from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_evidence
from warmstart.errors import NotApplicable
from warmstart.learning.transfer_gain import (
    any_difference,
    gain_record,
    paired_difference,
    resampling_of,
    transfer_gain,
)

ROWS = 400
TRUTH = np.arange(ROWS) % 2


def right(share, *, seed=0, truth=TRUTH):
    """Return codes of which a share is right."""
    hits = np.random.default_rng(seed).permutation(np.arange(len(truth)) < round(share * len(truth)))
    return np.where(hits, truth, 1 - truth)


def evidence(candidate, control, **changes):
    return tiny_evidence.answered(changes.pop("truth", TRUTH), candidate, control, **changes)


@pytest.mark.parametrize(
    ("shares", "verdict"), [((0.9, 0.8), "helps"), ((0.8, 0.9), "harms"), ((0.85, 0.85), "no evidence")]
)
def test_the_verdict_follows_from_the_side_of_zero_on_which_the_interval_lies(shares, verdict):
    found = transfer_gain(evidence(right(shares[0], seed=1), right(shares[1], seed=2)))
    assert found.gain.value == pytest.approx(shares[0] - shares[1])
    assert found.verdict == verdict


def test_models_that_answer_alike_are_no_evidence():
    same = right(0.8)
    found = transfer_gain(evidence(same, same))
    assert found.gain.value == 0.0
    assert -0.02 < found.gain.low < 0 < found.gain.high < 0.02
    assert found.verdict == "no evidence"
    assert 0.005 < found.detectable < 0.02


def test_the_comparison_is_paired():
    control = right(0.7)
    better = np.where(np.arange(ROWS) % 40 == 0, TRUTH, control)
    paired = transfer_gain(evidence(better, control))
    apart = transfer_gain(evidence(right(better.__eq__(TRUTH).mean(), seed=5), control))
    assert paired.gain.high - paired.gain.low < 0.5 * (apart.gain.high - apart.gain.low)
    assert paired.detectable < apart.detectable


def test_copies_within_groups_widen_the_interval():
    answers = [np.repeat(right(share, seed=3, truth=TRUTH[:100]), 4) for share in (0.85, 0.8)]
    truth = np.repeat(TRUTH[:100], 4)
    plain = transfer_gain(evidence(*answers, truth=truth))
    grouped = transfer_gain(evidence(*answers, truth=truth, groups=np.repeat(np.arange(100), 4)))
    assert grouped.gain.value == plain.gain.value
    assert grouped.gain.high - grouped.gain.low > 1.5 * (plain.gain.high - plain.gain.low)


@pytest.mark.parametrize("changes", [{}, {"metric": "macro_f1"}, {"groups": np.arange(ROWS) // 2}])
def test_a_cross_fitted_gain_has_a_wider_interval(changes):
    held_out = evidence(right(0.9, seed=1), right(0.8, seed=2), **changes)
    plain, crossed = (transfer_gain(replace(held_out, evaluation=how)) for how in ("held-out", "cross-fitted"))
    assert crossed.gain.value == plain.gain.value
    assert crossed.gain.high - crossed.gain.low > 1.02 * (plain.gain.high - plain.gain.low)
    assert crossed.detectable > plain.detectable


def test_without_a_control_there_is_no_gain():
    one = evidence(right(0.9), right(0.8))
    with pytest.raises(NotApplicable, match="there is no control beside what is delivered"):
        transfer_gain(replace(one, control="candidate"))


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_one_group_is_no_evidence_and_the_reason_is_said(metric):
    one = evidence(right(0.9), right(0.7), metric=metric, groups=np.zeros(ROWS, int))
    with pytest.raises(NotApplicable, match="belong together in one group, too few to tell"):
        transfer_gain(one)
    told = gain_record(one)
    assert (told["value"], told["detectable"], told["verdict"]) == (None, None, "not applicable")
    assert told["reason"].startswith("Not applicable, because the test rows belong together in one group")
    known = any_difference(TRUTH, right(0.9), right(0.7), metric=metric)
    assert (known.value, known.low, known.high) == (pytest.approx(0.2, abs=0.002), -1.0, 1.0)


def test_a_gain_that_is_told_has_its_verdict_beside_it():
    told = gain_record(evidence(right(0.9), right(0.7)))
    assert (told["verdict"], told["metric"]) == ("helps", "accuracy")
    assert told["low"] < told["value"] < told["high"]


@pytest.mark.parametrize("metric", ["balanced_accuracy", "macro_f1"])
@pytest.mark.parametrize("wrong", [0, 3])
def test_three_rows_of_a_rare_class_are_not_certainty(metric, wrong):
    truth = np.repeat([0, 1, 2], [60, 60, 3])
    control = np.where(np.arange(123) < 123 - wrong, truth, 0)
    gain, smallest = paired_difference(truth, truth, control, metric=metric)
    assert gain.high - gain.low > 0.03
    assert smallest > 0.02


def test_no_true_difference_is_seldom_called_one():
    verdicts = [transfer_gain(evidence(right(0.8, seed=seed), right(0.8, seed=99 + seed))).verdict for seed in range(8)]
    assert verdicts.count("no evidence") >= 7


def test_macro_metrics_draw_within_classes_and_accuracy_does_not():
    one = evidence(right(0.9), right(0.8))
    assert not resampling_of(one).stratified
    assert resampling_of(replace(one, metric="macro_f1")).stratified
    assert resampling_of(replace(one, groups=TRUTH)).groups is TRUTH
