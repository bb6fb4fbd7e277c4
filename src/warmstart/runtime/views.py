"""Views: changes of prepared inputs that may leave the label alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

VIEWS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "plain": lambda pixels: pixels,
    "mirror": lambda pixels: pixels[:, :, ::-1],
    "upside down": lambda pixels: pixels[:, ::-1],
    "half turn": lambda pixels: pixels[:, ::-1, ::-1],
}


def seen(view: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return prepared inputs under a view; only pixels (rows, height, width, 3) have views besides the plain one."""
    if view == "plain":
        return dict(feeds)
    return {**feeds, "pixels": np.ascontiguousarray(VIEWS[view](feeds["pixels"]))}
