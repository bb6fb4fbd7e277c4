import numpy as np
import pytest

from warmstart.core.evidence import Predictions
from warmstart.learning.abstaining import risk_coverage, sureness, threshold


def answers(rows=400, seed=0):
    """Answers that are right as often as they say."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=rows)
    sure = rng.uniform(0.5, 1.0, rows)
    codes = np.where(rng.random(rows) < sure, truth, 1 - truth)
    return truth, Predictions(np.where(np.arange(2) == codes[:, None], sure[:, None], 1 - sure[:, None]), codes)


def test_sureness_is_that_of_the_answer_even_where_it_is_not_the_likeliest():
    assert sureness(Predictions(np.array([[0.7, 0.3]]), np.array([1]))).tolist() == [0.3]


def test_at_the_threshold_errors_are_at_most_half_and_as_many_rows_as_possible_are_answered():
    truth, found = answers()
    below = threshold(truth, found)
    sure, wrong = sureness(found), found.codes != truth
    assert wrong[sure >= below].mean() <= wrong.mean() / 2
    for lower in np.unique(sure[sure < below]):
        assert wrong[sure >= lower].mean() > wrong.mean() / 2


def test_rows_that_are_equally_sure_are_all_answered_or_all_left():
    truth = np.array([0] * 100)
    codes = np.array([0] * 55 + [1] * 5 + [0] * 20 + [1] * 20)
    sure = np.array([0.9] * 60 + [0.6] * 40)
    found = Predictions(np.where(np.arange(2) == codes[:, None], sure[:, None], 1 - sure[:, None]), codes)
    assert threshold(truth, found) == 0.9


@pytest.mark.parametrize("rows", [0, 20])
def test_too_few_rows_have_no_threshold(rows):
    assert threshold(*answers(rows)) == 0.0


def test_what_never_errs_or_is_always_as_sure_has_none():
    truth, found = answers()
    assert threshold(found.codes, found) == 0.0
    assert threshold(truth, Predictions(np.full((400, 2), 0.5), found.codes)) == 0.0


def test_the_curve_ends_where_every_row_is_answered():
    truth, found = answers()
    curve = risk_coverage(truth, found)
    assert curve[-1].coverage == 1.0
    assert curve[-1].error == pytest.approx(np.mean(found.codes != truth))
    assert curve[0].error < curve[-1].error
    assert len(curve) <= 50


def test_the_curve_does_not_go_by_the_order_of_rows_that_are_equally_sure():
    codes = np.zeros(200, int)
    truth = np.repeat([0, 1], [150, 50])
    found = Predictions(np.full((200, 2), 0.5), codes)
    assert risk_coverage(truth, found) == risk_coverage(truth[::-1], found)
    assert [(point.coverage, point.error) for point in risk_coverage(truth, found)] == [(1.0, 0.25)]


def test_steps_of_the_curve_end_where_sureness_changes():
    truth, sure = np.zeros(100, int), np.repeat([0.9, 0.8, 0.6], [40, 40, 20])
    codes = np.where(np.arange(100) % 10 == 0, 1, 0)
    proba = np.where(np.arange(2) == codes[:, None], sure[:, None], 1 - sure[:, None])
    curve = risk_coverage(truth, Predictions(proba, codes))
    assert [point.coverage for point in curve] == [0.4, 0.8, 1.0]
