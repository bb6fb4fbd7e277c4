"""Gratings, upright or lying, in warm or in cool light: two labels of one photo, either of which can be learned."""

from __future__ import annotations

import numpy as np

SIDE, NOISE, WAVE = 32, 60.0, 32.0
WARM, COOL = (146.0, 128.0, 110.0), (110.0, 128.0, 146.0)


def gratings(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels (rows, SIDE, SIDE, 3) of uint8, and of every row whether it is upright, and whether it is warm.

    The wave is in the blue channel of warm photos and in the red one of cool photos: what learns to see it in
    one light alone is blind in the other.
    """
    upright, warm = rng.integers(2, size=rows), rng.integers(2, size=rows)
    angle = rng.normal(0, 0.15, rows) + np.pi / 2 * (1 - upright)
    across, down = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    waves = rng.uniform(4, 6, (rows, 1, 1)) * (across * x + down * y) + rng.uniform(0, 1, (rows, 1, 1))
    pixels = np.where(warm[:, None], WARM, COOL)[:, None, None] + rng.normal(0, NOISE, (rows, SIDE, SIDE, 3))
    pixels[np.arange(rows), :, :, np.where(warm, 2, 0)] += WAVE * np.sin(2 * np.pi * waves)
    return np.clip(pixels, 0, 255).astype(np.uint8), upright, warm
