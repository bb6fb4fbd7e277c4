import numpy as np
import pytest

from warmstart.learning.spectrum import spectrum


def test_gives_the_standardised_features_back():
    features = np.random.default_rng(0).normal(3, [1, 5, 0.1], size=(20, 3))
    found = spectrum(features)
    kernel = (found.vectors * found.squares) @ found.vectors.T
    assert np.allclose(kernel, found.features @ found.features.T)
    assert np.mean(np.sum(found.features**2, axis=1)) == pytest.approx(1, abs=1e-4)


def test_keeps_only_directions_in_which_the_rows_vary():
    features = np.random.default_rng(0).normal(size=(20, 2))
    assert spectrum(features @ np.ones((2, 50))).squares.shape == (1,)
    assert spectrum(np.ones((5, 3))).squares.shape == (0,)
