import numpy as np
import pytest

from warmstart.learning.gain_estimate import BENCHMARK, Benchmark, estimated_gain

KNOWN = Benchmark(
    tasks=10, adapted=8, low=-3.0, high=5.0, harmed=1, mix_mean=4.0, mix_worst=-1.0, measured="2026-11-21"
)


def test_what_answers_alike_gains_nothing():
    proba = np.array([[0.9, 0.1], [0.2, 0.8]])
    found = estimated_gain(proba, np.array([[0.6, 0.4], [0.4, 0.6]]), KNOWN)
    assert (found.value, found.changed) == (0, 0)


def test_a_changed_answer_is_worth_the_difference_of_its_probabilities():
    delivered, source = np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([[0.6, 0.4], [0.6, 0.4]])
    found = estimated_gain(delivered, source, KNOWN)
    assert found.value == pytest.approx((0.7 - 0.3) / 2)
    assert found.changed == 0.5


def test_its_range_is_how_far_estimates_were_off_on_the_benchmark():
    found = estimated_gain(np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]]), KNOWN)
    assert (found.low, found.high) == (pytest.approx(0.8 - 0.03), pytest.approx(0.8 + 0.05))


def test_where_that_is_not_known_there_is_no_range():
    found = estimated_gain(np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]]), None)
    assert (found.value, found.low, found.high) == (pytest.approx(0.8), None, None)


def test_the_benchmark_that_is_quoted_holds_together():
    assert 0 < BENCHMARK.harmed < BENCHMARK.adapted < BENCHMARK.tasks
    assert BENCHMARK.low < 0 < BENCHMARK.high
