"""How well clusters match labels, against the same clustering of inputs that nothing was transferred to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import FeatureTable
from warmstart.flow.explore.unlabelled import Labelled
from warmstart.learning.agreement import Compared, compare
from warmstart.learning.grouping import Grouping, group
from warmstart.learning.intervals import Interval
from warmstart.learning.metrics import confusion

OPENINGS = {"helps": "Transfer helps", "harms": "Transfer harms", "no evidence": "No evidence that transfer helps"}


@dataclass(frozen=True)
class Matched:
    """Clusters against labels.

    Parameters
    ----------
    labels : what they were compared with.
    compared : the source's clusters first, then those of every raw input.
    ways : the names in `compared` of every raw input: as many clusters as it chooses itself, and as the source has.
    table : how many rows of every label each cluster has, (clusters, classes).
    """

    labels: Labelled
    compared: Compared
    ways: Mapping[str, Sequence[str]]
    table: np.ndarray

    @property
    def verdict(self) -> str:
        """Say "helps" where it is above every raw input beyond chance, "harms" where it is below all ways of one."""
        gaps = self.compared.differences
        if any(all(gaps[way].high < 0 for way in ways) for ways in self.ways.values()):
            return "harms"
        return "helps" if all(gap.low > 0 for gap in gaps.values()) else "no evidence"

    @property
    def closest(self) -> str:
        """The name of the raw input's clusters that match best."""
        return min(self.compared.differences, key=lambda name: self.compared.differences[name].value)


def match(
    labels: Labelled,
    grouping: Grouping,
    raw: Mapping[str, FeatureTable],
    distinct: np.ndarray,
    *,
    name: str,
    given: int | None,
    seed: int,
    progress: Progress = silent,
) -> Matched:
    """Hold the clusters of a source against the labels, and those that the same procedure finds in every raw input.

    Where a raw input chooses another number of clusters, it is also given that of the source: neither may be ahead by
    the number alone.

    Parameters
    ----------
    raw : features of all rows, by name, that borrow nothing.
    distinct : the rows that repeat no other: clusters are found in these, and held against the labels of these.
    name : of the source.
    given : the number of clusters that was asked for, None where it was chosen.
    """
    count = len(grouping.centres)
    rows = distinct[labels.codes[distinct] != UNLABELLED]
    groupings = {_called(name, count): grouping.codes[rows]}
    ways: dict[str, list[str]] = {}
    for other, features in raw.items():
        own = group(features, distinct, clusters=given, seed=seed, progress=progress)
        found = [own] if len(own.centres) == count else [own, group(features, distinct, clusters=count, seed=seed)]
        ways[other] = [_called(other, len(one.centres)) for one in found]
        groupings |= {way: one.codes[rows] for way, one in zip(ways[other], found, strict=True)}
    codes = labels.codes[rows]
    size = max(count, len(labels.task.classes))
    table = confusion(grouping.codes[rows], codes, size)[:count, : len(labels.task.classes)]
    return Matched(labels, compare(codes, groupings, seed=seed), ways, table)


def _called(name: str, clusters: int) -> str:
    return f"{name}, {clusters} clusters"


def as_json(matched: Matched) -> dict[str, Any]:
    """Return it as plain values, with a sentence."""
    compared = matched.compared
    matches = [
        {
            "name": name,
            "ari": one.rand.to_json(),
            "nmi": {"value": one.information},
            "difference": compared.differences[name].to_json() if name in compared.differences else None,
        }
        for name, one in compared.agreements.items()
    ]
    return {
        "name": matched.labels.name,
        "classes": list(matched.labels.task.classes),
        "rows": int(matched.table.sum()),
        "seen_before": matched.labels.seen,
        "matches": matches,
        "table": matched.table.tolist(),
        "verdict": matched.verdict,
        "sentence": sentence(matched),
    }


def sentence(matched: Matched) -> str:
    """Return the verdict with what it rests on."""
    own = next(iter(matched.compared.agreements.values())).rand
    gap = matched.compared.differences[matched.closest]
    return (
        f"{OPENINGS[matched.verdict]}: the clusters match '{matched.labels.name}' with an adjusted Rand index of "
        f"{own.value:.2f} (95 % interval {own.low:.2f} to {own.high:.2f}), and those of the best raw input "
        f"({matched.closest}) with {own.value - gap.value:.2f}; the difference is {_signed(gap)}.{_left_out(matched)}"
    )


def _left_out(matched: Matched) -> str:
    """Return how many labelled rows do not count, as a sentence; nothing where all do."""
    seen = matched.labels.seen
    return f" Labelled rows that the source has seen before are left out: {seen:,}." if seen else ""


def _signed(gap: Interval) -> str:
    middle, low, high = (f"{value:+.2f}".replace("-", "−") for value in (gap.value, gap.low, gap.high))
    return f"{middle} ({low} to {high})"
