"""Shape and colour of an image as numbers: the features of the classical control.

Histograms of oriented gradients (Dalal and Triggs, "Histograms of oriented gradients for human
detection", 2005) in fine and coarse cells, colour histograms and moments. Needs numpy and Pillow only.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

ORIENTATIONS = 9
BINS = 16
COLOUR_SIDE = 64
_CLIP = 0.2
_TINY = 1e-3
_FLOOR = 1e-4
_TOTAL = 0.2357


def hog_features(image: Image.Image, *, side: int = 128) -> np.ndarray:
    """Return the features of an RGB image, float32 (features,).

    Parameters
    ----------
    side : pixels a side that the image is stretched to first, a multiple of 32.
    """
    small = image.resize((side, side), Image.Resampling.BILINEAR)
    strength, angle = gradients(np.asarray(small, dtype=np.float32) / 255.0)
    fine = cell_descriptors(histograms(strength, angle, cells=side // 8))
    coarse = block_descriptors(histograms(strength, angle, cells=side // 32))
    return np.concatenate(
        [fine, coarse, colour_statistics(small.resize((COLOUR_SIDE, COLOUR_SIDE), Image.Resampling.BOX))]
    ).astype(np.float32)


def gradients(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return strength and angle (in orientation bins) of the strongest channel's gradient, (height, width) each.

    Parameters
    ----------
    rgb : float32 (height, width, 3), 0 to 1.
    """
    root = np.sqrt(rgb)
    down, across = np.zeros_like(root), np.zeros_like(root)
    down[1:-1] = root[2:] - root[:-2]
    across[:, 1:-1] = root[:, 2:] - root[:, :-2]
    squared = down**2 + across**2
    best = squared.argmax(axis=2)[:, :, None]
    down, across = (np.take_along_axis(part, best, axis=2)[:, :, 0] for part in (down, across))
    angle = np.mod(np.arctan2(down, across), np.pi) * (ORIENTATIONS / np.pi)
    return np.sqrt(np.take_along_axis(squared, best, axis=2)[:, :, 0]), angle


def histograms(strength: np.ndarray, angle: np.ndarray, *, cells: int) -> np.ndarray:
    """Return the strength of every orientation in `cells` × `cells` cells, (cells, cells, ORIENTATIONS).

    Parameters
    ----------
    strength, angle : what `gradients` gives, of a side that `cells` divides.
    """
    side = len(strength) // cells
    cell = np.arange(len(strength)) // side
    place = (cell[:, None] * cells + cell[None, :]) * ORIENTATIONS
    lower = np.floor(angle).astype(np.int64)
    share = angle - lower
    size = cells * cells * ORIENTATIONS
    counts = np.bincount((place + lower % ORIENTATIONS).ravel(), (strength * (1 - share)).ravel(), minlength=size)
    counts += np.bincount((place + (lower + 1) % ORIENTATIONS).ravel(), (strength * share).ravel(), minlength=size)
    return counts.reshape(cells, cells, ORIENTATIONS) / side**2


def block_descriptors(grid: np.ndarray) -> np.ndarray:
    """Return every block of 2 × 2 cells, normalised and clipped, as Dalal and Triggs do."""
    blocks = np.concatenate([grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]], axis=2)
    return _unit(np.minimum(_unit(blocks), _CLIP)).ravel()


def cell_descriptors(grid: np.ndarray) -> np.ndarray:
    """Return every cell normalised by its four blocks: their mean, and the total in each (13 numbers a cell).

    Felzenszwalb and others, "Object detection with discriminatively trained part-based models", 2010.
    """
    cells = len(grid)
    energy = np.pad((grid**2).sum(axis=2), 1, mode="edge")
    block = energy[:-1, :-1] + energy[1:, :-1] + energy[:-1, 1:] + energy[1:, 1:]
    corners = [block[down : down + cells, across : across + cells] for down in (0, 1) for across in (0, 1)]
    scaled = [np.minimum(grid / np.sqrt(corner + _FLOOR)[:, :, None], _CLIP) for corner in corners]
    total = np.stack([part.sum(axis=2) for part in scaled], axis=2)
    return np.concatenate([sum(scaled) * 0.5, total * _TOTAL], axis=2).ravel()


def _unit(blocks: np.ndarray) -> np.ndarray:
    """Scale every block (its last axis) to length one."""
    return np.asarray(blocks / np.sqrt((blocks**2).sum(axis=2, keepdims=True) + _TINY**2))


def colour_statistics(image: Image.Image) -> np.ndarray:
    """Return colour histograms of the whole, a coarse colour layout, and moments per channel (HSV and Lab)."""
    planes = [np.asarray(plane).ravel() for mode in ("HSV", "LAB") for plane in image.convert(mode).split()]
    counts = np.stack([np.bincount(plane, minlength=256) for plane in planes]) / planes[0].size
    shares = np.sqrt(counts.reshape(len(planes), BINS, -1).sum(axis=2))
    layout = np.asarray(image.resize((4, 4), Image.Resampling.BOX), dtype=np.float32) / 255.0
    return np.concatenate([shares.ravel(), layout.ravel(), moments(counts)])


def moments(counts: np.ndarray) -> np.ndarray:
    """Return mean, spread, skewness and kurtosis (both as signed roots) of every channel.

    Parameters
    ----------
    counts : the share of pixels at every level, (channels, 256).
    """
    levels = np.arange(256) / 255.0
    mean = counts @ levels
    offset = levels - mean[:, None]
    spread = np.sqrt((counts * offset**2).sum(axis=1))
    scaled = offset / np.maximum(spread, _TINY)[:, None]
    skew, tail = ((counts * scaled**power).sum(axis=1) for power in (3, 4))
    return np.concatenate([mean, spread, np.cbrt(skew), tail**0.25])
