"""The moments of both domains, and a head moved from those of one to those of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.adaptation._base import Domains
from warmstart.core.representation import FeatureTable
from warmstart.learning.linear import LinearHead
from warmstart.learning.rotation import moments, scaling

Scaling = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Moments:
    """What is taken from every feature and by what it is divided, in the source and in the target."""

    source: Scaling
    target: Scaling

    def head(self, head: LinearHead) -> LinearHead:
        """Return the head that answers for the target as `head` does for source rows as far from their mean."""
        (mean, scale), (target_mean, target_scale) = self.source, self.target
        stretch = scale / head.scale
        moved = head.weight @ ((mean - head.mean) / head.scale)
        return LinearHead(target_mean, target_scale, head.weight * stretch, head.bias + moved)


def moments_of(domains: Domains) -> Moments:
    """Return the moments of both domains; those of the source as they would be in the target's class mix, if known."""
    source = moments(domains.source) if domains.mix is None else _mixed(domains, domains.mix)
    return Moments(scaling(*source), scaling(*moments(domains.target)))


def _mixed(domains: Domains, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of the source if its classes had these shares; a class without rows has none."""
    places = [np.flatnonzero(domains.codes == code) for code in range(domains.classes)]
    shares = np.array([share if len(rows) else 0.0 for share, rows in zip(mix, places, strict=True)])
    by_class = [_of_class(domains.source, rows) for rows in places]
    shares = shares / shares.sum()
    mean = sum(share * centre for share, (centre, _) in zip(shares, by_class, strict=True))
    square = sum(
        share * (spread**2 + (centre - mean) ** 2) for share, (centre, spread) in zip(shares, by_class, strict=True)
    )
    return np.asarray(mean), np.sqrt(square)


def _of_class(table: FeatureTable, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the moments of some rows, zeros where there are none."""
    if not len(places):
        return np.zeros(table.width), np.zeros(table.width)
    return moments(table.take(places))
