from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.evidence import Predictions
from warmstart.diagnoses._two_kinds import two_kinds
from warmstart.learning import carried_over
from warmstart.learning.carried_over import audit, borrows

ALONE = two_kinds(wrong=(0.02, 0.3))
CARRIED = replace(ALONE, predictions={**ALONE.predictions, "other": ALONE.predictions["hog"]}, other_sources=("other",))


def causes(evidence):
    return {gap.cause for gap in audit(evidence).gaps}


def with_others(evidence, **more):
    return replace(evidence, predictions={**evidence.predictions, **more})


def test_a_gap_that_no_control_and_no_other_source_has_comes_from_the_source():
    assert "source" in causes(CARRIED)


def test_a_gap_that_the_control_has_too_is_in_the_data():
    assert causes(two_kinds(wrong=(0.02, 0.3), control=(0.03, 0.31))) == {"data"}


def test_one_control_with_the_same_gap_is_enough_to_clear_the_source():
    twin = two_kinds(wrong=(0.02, 0.3), control=(0.03, 0.31)).predictions["hog"]
    assert "source" not in causes(with_others(CARRIED, scratch=twin))


def test_without_a_control_of_comparable_accuracy_the_cause_is_unknown():
    unlike = two_kinds(wrong=(0.02, 0.3), control=(0.4, 0.4))
    assert causes(unlike) == {"unknown"}
    given = with_others(unlike, other=ALONE.predictions["hog"])
    assert causes(replace(given, other_sources=("other",))) == {"unknown"}


def test_the_untouched_source_shares_its_own_bias_and_clears_nothing():
    assert "source" in causes(with_others(CARRIED, untouched=CARRIED.predictions["delivered"]))


def test_another_source_with_the_same_gap_clears_this_one():
    assert not {"source", "not compared"} & causes(with_others(CARRIED, other=CARRIED.predictions["delivered"]))


def test_without_another_source_of_comparable_accuracy_none_was_compared():
    assert "not compared" in causes(ALONE)
    weak = two_kinds(wrong=(0.4, 0.4)).predictions["delivered"]
    found = causes(with_others(CARRIED, other=weak))
    assert "not compared" in found
    assert "source" not in found


def test_where_a_control_is_delivered_nothing_was_borrowed():
    same = with_others(CARRIED, control=CARRIED.predictions["delivered"], hog=CARRIED.predictions["delivered"])
    assert not borrows(same)
    assert causes(same) == {"nothing borrowed"}
    assert borrows(CARRIED)


@pytest.mark.parametrize("wrong", [(0.12, 0.12), (0.05, 0.05)])
def test_no_gap_has_no_cause(wrong):
    assert audit(two_kinds(wrong=wrong)).gaps == ()


def test_the_best_control_goes_by_its_own_name():
    [names] = {tuple(gap.others) for gap in audit(CARRIED).gaps}
    assert names == ("hog", "other")


def test_errors_on_a_class_that_a_kind_has_more_of_are_not_carried_over():
    rng = np.random.default_rng(0)
    kind = np.array(["smooth", "rough"]).repeat(1000)
    truth = (rng.random(2000) < np.where(kind == "rough", 0.8, 0.2)).astype(np.int64)

    def model(wrong):
        codes = np.where(rng.random(2000) < np.array(wrong)[truth], 1 - truth, truth)
        return Predictions(np.where(np.arange(2) == codes[:, None], 0.85, 0.15), codes)

    own, hog = model((0.02, 0.25)), model((0.13, 0.13))
    given = replace(
        ALONE,
        ids=tuple(map(str, range(2000))),
        truth=truth,
        attributes={"kind": kind},
        predictions={"delivered": own, "candidate": own, "control": hog, "hog": hog},
    )
    assert causes(given) == {"unknown"}


def test_the_clearest_of_several_controls_must_be_clearer_than_one_alone(monkeypatch):
    alike = two_kinds(wrong=(0.02, 0.3), control=(0.03, 0.31))
    twins = {f"twin {n}": alike.predictions["hog"] for n in range(2)}
    monkeypatch.setattr(carried_over, "shows", lambda other, direction: np.full(other.gap.shape, 0.03))
    assert causes(alike) == {"data"}
    assert causes(with_others(alike, **twins)) == {"unknown"}


def test_rows_of_one_unit_tell_no_cause_and_no_interval():
    found = audit(replace(CARRIED, groups=np.zeros(len(CARRIED.truth), int))).gaps
    assert {gap.cause for gap in found} == {"unknown"}
    assert np.isnan([(gap.low, gap.high) for gap in found]).all()


def test_a_cross_fitted_test_has_longer_intervals():
    one, other = (audit(replace(CARRIED, evaluation=name)).gaps[0] for name in ("held-out", "cross-fitted"))
    assert other.high - other.low > one.high - one.low
