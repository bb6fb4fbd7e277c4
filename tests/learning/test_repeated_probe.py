import numpy as np
import pytest

from warmstart.core.representation import FeatureTable
from warmstart.learning.repeated_probe import repeated_answers

ROWS = 90


@pytest.fixture
def codes():
    return np.arange(ROWS) % 3


def table(values):
    return FeatureTable((values.astype(np.float32),), np.arange(len(values)))


def folds():
    return [np.random.default_rng(seed).permutation(ROWS) % 5 for seed in (0, 1)]


def test_classes_that_lie_apart_are_told_in_every_repeat(codes):
    features = np.eye(3, 6)[codes] + np.random.default_rng(0).normal(0, 0.1, (ROWS, 6))
    found = repeated_answers(table(features), codes, 3, folds())
    assert found.shape == (2, ROWS)
    assert (found == codes).all()


def test_no_row_is_answered_by_a_probe_that_saw_its_label(codes):
    noise = np.random.default_rng(0).normal(size=(ROWS, 400))
    found = repeated_answers(table(noise), np.random.default_rng(1).permutation(codes), 3, folds())
    assert (found == codes).mean() < 0.5


def test_a_label_has_no_say_in_its_own_answer(codes):
    features = np.random.default_rng(0).normal(size=(ROWS, 5))
    first = repeated_answers(table(features), codes, 3, folds()[:1])
    changed = codes.copy()
    own = folds()[0] == 0
    changed[own] = (changed[own] + 1) % 3
    other = repeated_answers(table(features), changed, 3, folds()[:1])
    assert (first[:, own] == other[:, own]).mean() > 0.95
