import numpy as np
import pytest

from warmstart.core.decision import decide
from warmstart.learning.calibration import fit_decision, fit_temperature, soften
from warmstart.learning.metrics import balanced_accuracy, log_loss, macro_f1


def calibrated(rows=600, classes=3, seed=0):
    """Probabilities that mean what they say, and codes drawn from them."""
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(classes) * 0.7, rows)
    codes = np.array([rng.choice(classes, p=one) for one in proba])
    return codes, proba


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_undoes_a_temperature(temperature):
    truth, proba = calibrated()
    found = fit_temperature(truth, soften(proba, temperature))
    assert found == pytest.approx(1 / temperature, rel=0.15)


def test_keeps_one_where_softening_does_not_help():
    found = []
    for seed in range(20):
        truth, proba = calibrated(rows=60, seed=seed)
        temperature = fit_temperature(truth, proba)
        found.append(temperature)
        if temperature != 1.0:
            assert log_loss(truth, soften(proba, temperature)) < log_loss(truth, proba)
    assert found.count(1.0) >= 8


def test_keeps_one_where_the_gain_is_within_noise():
    kept = sum(fit_temperature(*calibrated(rows=200, seed=seed)) == 1.0 for seed in range(40))
    assert kept >= 30


def test_so_few_rows_are_left_as_they_are():
    assert fit_temperature(np.array([0, 1]), np.array([[0.99, 0.01], [0.99, 0.01]])) == 1.0
    assert fit_temperature(np.zeros(0, int), np.zeros((0, 2))) == 1.0


def test_softening_keeps_rows_summing_to_one_and_their_order():
    _, proba = calibrated()
    for temperature in (0.3, 1.0, 4.0):
        softened = soften(proba, temperature)
        np.testing.assert_allclose(softened.sum(axis=1), 1)
        np.testing.assert_array_equal(softened.argmax(axis=1), proba.argmax(axis=1))
    np.testing.assert_allclose(soften(proba, 1.0), proba, atol=1e-6)


def test_softening_survives_zeros():
    assert np.all(np.isfinite(soften(np.array([[1.0, 0.0]]), 0.1)))


def rare():
    """One class in ten, told from the other only weakly: plain argmax hardly ever answers it."""
    rng = np.random.default_rng(0)
    truth = (np.arange(1000) % 10 == 0).astype(int)
    odds = np.log(0.1 / 0.9) + rng.normal(truth * 1.5 - 0.75, 1.0)
    second = 1 / (1 + np.exp(-odds))
    return truth, np.column_stack([1 - second, second]), np.array([0.9, 0.1])


@pytest.mark.parametrize("metric", [balanced_accuracy, macro_f1])
def test_decision_weights_raise_the_metric_and_leave_probabilities_alone(metric):
    truth, proba, priors = rare()
    before = proba.copy()
    weights = fit_decision(truth, proba, metric, priors)
    np.testing.assert_array_equal(proba, before)
    assert weights.max() == 1.0
    assert weights[1] > weights[0]
    assert metric(truth, decide(proba, weights)) > metric(truth, proba.argmax(axis=1)) + 0.03


def test_plain_argmax_stays_where_weights_gain_nothing():
    truth, proba, priors = rare()
    assert fit_decision(truth, proba, lambda truth, codes: 0.5, priors).tolist() == [1.0, 1.0]


def test_a_class_without_rows_has_a_finite_weight():
    truth, proba, _ = rare()
    weights = fit_decision(truth, np.column_stack([proba, 0 * truth]), balanced_accuracy, np.array([0.9, 0.1, 0.0]))
    assert np.all(np.isfinite(weights))


def test_rows_that_alternate_between_classes_are_halved_within_each():
    truth, proba = calibrated(rows=2000, classes=2)
    leaning = proba * np.array([1.0, 4.5])
    leaning = soften(leaning / leaning.sum(axis=1, keepdims=True), 0.4)
    pairs = [np.flatnonzero(truth == code) for code in (0, 1)]
    fewest = min(map(len, pairs))
    alternating = np.stack([rows[:fewest] for rows in pairs], axis=1).ravel()
    shuffled = np.random.default_rng(1).permutation(alternating)
    assert fit_temperature(truth[shuffled], leaning[shuffled]) > 1.5
    assert fit_temperature(truth[alternating], leaning[alternating]) == pytest.approx(
        fit_temperature(truth[shuffled], leaning[shuffled])
    )
