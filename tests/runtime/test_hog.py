import numpy as np
from PIL import Image

from warmstart.runtime.hog import gradients, histograms, hog_features


def stripes(across: bool) -> np.ndarray:
    wave = ((np.arange(128) // 8) % 2).astype(np.float32)
    grey = np.broadcast_to(wave[None, :] if across else wave[:, None], (128, 128))
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_the_direction_of_stripes_fills_the_bin_of_that_direction():
    for across, wanted in ((True, {0, 8}), (False, {4, 5})):
        total = histograms(*gradients(stripes(across)), cells=4).sum(axis=(0, 1))
        assert set(np.argsort(total)[-1:].tolist()) <= wanted


def test_features_are_under_4000_finite_numbers_at_any_size():
    for size in ((8, 200), (300, 300)):
        features = hog_features(Image.new("RGB", size, (10, 200, 30)))
        assert len(features) < 4000
        assert np.isfinite(features).all()


def test_colour_alone_tells_two_flat_images_apart():
    red, blue = (hog_features(Image.new("RGB", (32, 32), colour)) for colour in ("red", "blue"))
    assert np.abs(red - blue).max() > 0.5
