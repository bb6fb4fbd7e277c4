"""Ridge classification whose leave-one-out answers come in closed form, for every penalty at once."""

from __future__ import annotations

import numpy as np

PENALTIES = np.logspace(-4, 3, 15)


def leave_one_out_accuracy(features: np.ndarray, codes: np.ndarray) -> float:
    """Return the best leave-one-out accuracy over penalties of a ridge classifier (0 to 1).

    The answers for each row by the model of all other rows follow from one eigendecomposition of the
    centred kernel (Allen's PRESS). Centring takes one direction away: its null eigenvector is left
    out, since otherwise the labels leak into the answers.

    Parameters
    ----------
    features : (rows, width).
    codes : class codes (rows,).
    """
    centred = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    kernel = (centred @ centred.T / centred.shape[1]).astype(np.float64)
    values, vectors = np.linalg.eigh(kernel)
    values, vectors = values[1:], vectors[:, 1:]
    targets = np.eye(codes.max() + 1)[codes]
    means = targets.mean(axis=0)
    turned = vectors.T @ (targets - means)
    return max(_accuracy(values, vectors, turned, targets, means, penalty) for penalty in PENALTIES)


def _accuracy(
    values: np.ndarray, vectors: np.ndarray, turned: np.ndarray, targets: np.ndarray, means: np.ndarray, penalty: float
) -> float:
    """Return the leave-one-out accuracy at one penalty."""
    shrink = np.clip(values, 0, None) / (np.clip(values, 0, None) + penalty)
    fitted = vectors @ (shrink[:, None] * turned) + means
    leverage = (vectors**2) @ shrink + 1 / len(targets)
    held_out = targets - (targets - fitted) / np.maximum(1 - leverage, 1e-6)[:, None]
    return float(np.mean(held_out.argmax(axis=1) == targets.argmax(axis=1)))
