"""Find images that are the same but for re-encoding or resizing, in memory bounded by small pictures of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warmstart.core.representation import blocks

NEAR_SHARE = 0.4
SMALL_SIDE = 64
LARGE_SIDE = 256
MOST_CANDIDATES = 50
PAIRS = 2048
ASKED = 1024


def near_images(signatures: np.ndarray, colours: np.ndarray, sides: np.ndarray) -> np.ndarray | None:
    """Return pairs of images that differ no more than re-encoding or resizing makes them differ.

    Candidates are near each other in a coarse picture (4 × 4), found with a k-d tree; each is confirmed by
    the difference of the slightly blurred 32 × 32 pictures after their brightness is aligned, measured
    against the detail that they have. Small images lose more when they are re-encoded, and so may differ more.

    Parameters
    ----------
    signatures : grey pictures (rows, 32, 32) of uint8.
    colours : coarse colour pictures (rows, 8, 8, 3) of uint8.
    sides : the shorter side of every image in pixels, (rows,).

    Returns
    -------
    Pairs (pairs, 2), the lower row first; None if the images are too much alike to tell.
    """
    if len(signatures) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    pictures = _Pictures(signatures, colours, sides)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for pairs in _candidates(*_coarse(signatures, sides)):
        if pairs is None:
            return None
        found += [pairs[part][pictures.alike(*pairs[part].T)] for part in blocks(len(pairs), PAIRS)]
    return np.unique(np.concatenate(found), axis=0)


def _coarse(signatures: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 4 × 4 pictures (rows, 16), and how far apart those of near images may lie (rows,)."""
    pictures, reaches = [], []
    for part in blocks(len(signatures), PAIRS):
        soft, detail = _softened(signatures[part])
        pictures.append(soft.reshape(-1, 4, 8, 4, 8).mean(axis=(2, 4)).reshape(len(soft), 16))
        reaches.append(NEAR_SHARE * (1.0 + detail) * _loss(sides[part]))
    return np.concatenate(pictures), np.concatenate(reaches) * np.sqrt(16)


def _candidates(coarse: np.ndarray, radius: np.ndarray) -> Iterator[np.ndarray | None]:
    """Yield pairs (pairs, 2) whose small pictures are near, the lower row first; None once there are too many."""
    from scipy.spatial import cKDTree

    tree, left = cKDTree(coarse), MOST_CANDIDATES * len(coarse)
    for part in blocks(len(coarse), ASKED):
        counts = tree.query_ball_point(coarse[part], radius[part], return_length=True)
        left -= int(counts.sum())
        if left < 0:
            yield None
            return
        own = np.repeat(np.arange(part.start, part.start + len(counts)), counts)
        others = np.concatenate(tree.query_ball_point(coarse[part], radius[part])).astype(np.int64)
        pairs = np.stack([np.minimum(own, others), np.maximum(own, others)], axis=1)
        yield pairs[own != others]


@dataclass(frozen=True)
class _Pictures:
    """Small pictures of all images, compared a few pairs at a time."""

    signatures: np.ndarray
    colours: np.ndarray
    sides: np.ndarray

    def alike(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return for every pair of rows whether they differ no more than re-encoding makes them differ."""
        (left, detail), (right, other) = _softened(self.signatures[one]), _softened(self.signatures[two])
        detail = np.minimum(detail, other)
        bound = NEAR_SHARE * (1.0 + detail) * _loss(np.minimum(self.sides[one], self.sides[two]))
        same = _distance(left, right) <= bound
        return np.asarray(same & (_distance(self._layout(one), self._layout(two)) <= 2.0 + detail))

    def _layout(self, rows: np.ndarray) -> np.ndarray:
        """Return 4 × 4 colours (rows, 48)."""
        colours = self.colours[rows].astype(np.float32)
        return np.asarray(colours.reshape(-1, 4, 2, 4, 2, 3).mean(axis=(2, 4)).reshape(len(rows), 48))


def _softened(signatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures blurred and with mean zero, (rows, 1024), and the strength of what blurring took."""
    sharp = signatures.astype(np.float32)
    padded = np.pad(sharp, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    soft = 0.25 * down[:, :, :-2] + 0.5 * down[:, :, 1:-1] + 0.25 * down[:, :, 2:]
    detail = np.sqrt(((sharp - soft) ** 2).mean(axis=(1, 2)))
    soft = soft.reshape(-1, soft.shape[1] * soft.shape[2])
    return soft - soft.mean(axis=1, keepdims=True), detail


def _loss(sides: np.ndarray) -> np.ndarray:
    """Return how much re-encoding may change an image, 1 for a small one down to 1/4 for a large one."""
    return np.asarray(np.clip(SMALL_SIDE / np.maximum(sides, 1), SMALL_SIDE / LARGE_SIDE, 1.0))


def _distance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the root mean squared difference of every two rows."""
    return np.asarray(np.sqrt(((left - right) ** 2).mean(axis=1)))
