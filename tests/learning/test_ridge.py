import numpy as np
import pytest

from warmstart.learning.ridge import PENALTIES, leave_one_out_accuracy


def refitted(features, codes, penalty):
    """Leave every row out in turn and solve the ridge again: what the closed form must equal."""
    scaled = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    scaled = scaled / np.sqrt(features.shape[1])
    targets, hits = np.eye(codes.max() + 1)[codes], 0
    for row in range(len(codes)):
        kept = np.arange(len(codes)) != row
        mean, goal = scaled[kept].mean(axis=0), targets[kept].mean(axis=0)
        centred = scaled[kept] - mean
        weight = np.linalg.solve(
            centred.T @ centred + penalty * np.eye(centred.shape[1]), centred.T @ (targets[kept] - goal)
        )
        hits += int(np.argmax((scaled[row] - mean) @ weight + goal) == codes[row])
    return hits / len(codes)


@pytest.mark.parametrize("width", [5, 40, 120])
def test_it_is_the_best_of_explicit_refits(width):
    rng = np.random.default_rng(width)
    codes = rng.integers(0, 3, 60)
    features = rng.normal(size=(60, width)) + np.eye(3, width)[codes]
    explicit = max(refitted(features, codes, penalty) for penalty in PENALTIES)
    assert leave_one_out_accuracy(features, codes) == pytest.approx(explicit)


@pytest.mark.parametrize("width", [20, 1000])
def test_random_labels_are_answered_no_better_than_by_chance(width):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, width)).astype(np.float32)
    features -= features.mean(axis=0)
    found = [leave_one_out_accuracy(features, rng.permutation(np.arange(300) % 2)) for _ in range(3)]
    assert np.mean(found) < 0.58


def test_features_that_tell_the_classes_apart_score_higher():
    codes = np.arange(100) % 2
    noise = np.random.default_rng(0).normal(size=(100, 10))
    scores = [leave_one_out_accuracy(noise + gap * codes[:, None], codes) for gap in (0.0, 1.0, 4.0)]
    assert scores == sorted(scores)
    assert scores[-1] == 1.0


def test_constant_features_are_no_trouble():
    features = np.ones((30, 4), np.float32)
    features[:, 0] = np.arange(30) % 2
    assert leave_one_out_accuracy(features, np.arange(30) % 2) == 1.0
