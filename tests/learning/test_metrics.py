import numpy as np
import pytest
from sklearn import metrics as theirs

from warmstart.learning import metrics

CODES = np.random.default_rng(0).integers(0, 4, (2, 300))
TRUTH, ANSWERS = CODES
PROBA = np.random.default_rng(1).dirichlet(np.ones(4), 300)


def test_metrics_are_those_of_scikit_learn():
    assert metrics.accuracy(TRUTH, ANSWERS) == pytest.approx(theirs.accuracy_score(TRUTH, ANSWERS))
    assert metrics.balanced_accuracy(TRUTH, ANSWERS) == pytest.approx(theirs.balanced_accuracy_score(TRUTH, ANSWERS))
    assert metrics.macro_f1(TRUTH, ANSWERS) == pytest.approx(theirs.f1_score(TRUTH, ANSWERS, average="macro"))
    assert metrics.log_loss(TRUTH, PROBA) == pytest.approx(theirs.log_loss(TRUTH, PROBA))
    np.testing.assert_array_equal(
        metrics.confusion(TRUTH, ANSWERS, 4), theirs.confusion_matrix(TRUTH, ANSWERS, labels=range(4))
    )


def test_a_class_that_is_only_answered_counts_for_macro_f1_and_not_for_balanced_accuracy():
    truth, answers = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    assert metrics.macro_f1(truth, answers) == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert metrics.balanced_accuracy(truth, answers) == pytest.approx(0.75)


def test_a_class_that_never_occurs_has_its_row_in_the_confusion():
    table = metrics.confusion(np.array([0, 2]), np.array([2, 2]), 4)
    assert table.tolist() == [[0, 0, 1, 0], [0] * 4, [0, 0, 1, 0], [0] * 4]


def test_a_true_class_of_probability_zero_costs_much_and_not_infinity():
    [loss] = metrics.row_losses(np.array([1]), np.array([[1.0, 0.0]]))
    assert 16 < loss < 17


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    proba = np.tile([0.8, 0.2], (10, 1))
    assert metrics.expected_calibration_error(np.zeros(10, int), proba) == pytest.approx(0.2)
    assert metrics.expected_calibration_error(np.array([0] * 8 + [1] * 2), proba) == pytest.approx(0.0)


def test_calibration_error_weighs_bins_by_their_rows():
    proba = np.array([[1.0, 0.0]] * 3 + [[0.6, 0.4]])
    assert metrics.expected_calibration_error(np.array([0, 0, 0, 0]), proba) == pytest.approx(0.4 / 4)
