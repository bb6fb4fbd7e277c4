"""How well clusters match labels, against the same clustering of inputs that nothing was transferred to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.representation import FeatureTable
from warmstart.flow.unlabelled import Labelled
from warmstart.learning.agreement import Compared, compare
from warmstart.learning.centres import Means, nearest
from warmstart.learning.grouping import Grouping
from warmstart.learning.intervals import Interval
from warmstart.learning.many_rows import some_places
from warmstart.learning.metrics import confusion
from warmstart.learning.reduction import reduce

OPENINGS = {"helps": "Transfer helps", "harms": "Transfer harms", "no evidence": "No evidence that transfer helps"}


@dataclass(frozen=True)
class Matched:
    """Clusters against labels.

    Parameters
    ----------
    labels : what they were compared with.
    compared : the source's clusters first, then those of every raw input.
    table : how many rows of every label each cluster has, (clusters, classes).
    """

    labels: Labelled
    compared: Compared
    table: np.ndarray

    @property
    def verdict(self) -> str:
        """Say "helps" where it is above every raw input beyond chance, "harms" where it is below one of them."""
        differences = list(self.compared.differences.values())
        if any(difference.high < 0 for difference in differences):
            return "harms"
        return "helps" if all(difference.low > 0 for difference in differences) else "no evidence"


def match(
    labels: Labelled, grouping: Grouping, raw: Mapping[str, FeatureTable], distinct: np.ndarray, *, name: str, seed: int
) -> Matched:
    """Hold the clusters of a source, and as many clusters of every raw input, against the labels.

    Parameters
    ----------
    raw : features of all rows, by name, that borrow nothing.
    distinct : the rows that repeat no other: clusters are found in these.
    name : of the source.
    """
    count = len(grouping.centres)
    rows = np.flatnonzero(labels.codes != UNLABELLED)
    groupings = {name: grouping.codes[rows]}
    for other, features in raw.items():
        groupings[other] = cluster_raw(features, distinct, count, seed=seed)[rows]
    codes = labels.codes[rows]
    size = max(count, len(labels.task.classes))
    table = confusion(grouping.codes[rows], codes, size)[:count, : len(labels.task.classes)]
    return Matched(labels, compare(codes, groupings, seed=seed), table)


def cluster_raw(features: FeatureTable, distinct: np.ndarray, clusters: int, *, seed: int) -> np.ndarray:
    """Return the cluster of every row (rows,) by principal components and k-means, as of a source's features."""
    values = reduce(features, seed=seed).apply(features)
    centres = Means(clusters).centres(values[distinct[some_places(len(distinct))]], seed=seed)
    return nearest(values, centres)


def as_json(matched: Matched) -> dict[str, Any]:
    """Return it as plain values, with a sentence."""
    compared = matched.compared
    matches = [
        {
            "name": name,
            "ari": one.rand.to_json(),
            "nmi": one.information.to_json(),
            "difference": compared.differences[name].to_json() if name in compared.differences else None,
        }
        for name, one in compared.agreements.items()
    ]
    return {
        "name": matched.labels.name,
        "classes": list(matched.labels.task.classes),
        "rows": int(np.count_nonzero(matched.labels.codes != UNLABELLED)),
        "matches": matches,
        "table": matched.table.tolist(),
        "verdict": matched.verdict,
        "sentence": sentence(matched),
    }


def sentence(matched: Matched) -> str:
    """Return the verdict with what it rests on."""
    own = next(iter(matched.compared.agreements.values())).rand
    against = [f"{_signed(gap)} against {name}" for name, gap in matched.compared.differences.items()]
    return (
        f"{OPENINGS[matched.verdict]}: the clusters match '{matched.labels.name}' with an adjusted Rand index of "
        f"{own.value:.2f} ({own.low:.2f} to {own.high:.2f}); {', '.join(against)}."
    )


def _signed(gap: Interval) -> str:
    low, high = (f"{end:+.2f}".replace("-", "−") for end in (gap.low, gap.high))
    return f"{gap.value:+.2f}".replace("-", "−") + f" (95 % interval {low} to {high})"
