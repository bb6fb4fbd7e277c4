"""Pairs of domains with the labels of both: what adapting without target labels is judged on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from _features import Seen

TEXTS = ("amazon", "movies", "tweets")
IMAGES = ("emoji google", "emoji twitter")
ROWS = 1500
NATURAL, BALANCED, FEW, MANY = "text, natural mix", "text, 50/50", "text, target 20/80", "text, target 80/20"
EMOJI, SAME_TEXT, SAME_IMAGE = "images, disjoint emoji", "text, no shift", "images, no shift"
MIXES: dict[str, tuple[Sequence[float] | None, Sequence[float] | None]] = {
    NATURAL: (None, None),
    BALANCED: ((0.5, 0.5), (0.5, 0.5)),
    FEW: (None, (0.2, 0.8)),
    MANY: (None, (0.8, 0.2)),
}
"""Shares of (negative, positive) in source and target; None leaves a domain its own."""

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """One pair of domains and one draw; `rows` gives the rows of source and target when they are wanted."""

    kind: str
    source: str
    target: str
    draw: int
    rows: Callable[[], Rows]

    @property
    def key(self) -> str:
        """What the task is called in the file of results."""
        return f"{self.kind}: {self.source} to {self.target}, {self.draw}"


def tasks(domains: dict[str, Seen], draws: int) -> Iterator[Task]:
    """Yield every task."""
    for draw in range(draws):
        for (one, other), (kind, mixes) in itertools.product(itertools.permutations(TEXTS, 2), MIXES.items()):
            yield Task(kind, one, other, draw, _texts(domains, one, other, draw, mixes))
        for one, other in itertools.permutations(IMAGES, 2):
            yield Task(EMOJI, one, other, draw, _disjoint(domains, one, other, draw))
        for name in (*TEXTS, *IMAGES):
            kind = SAME_TEXT if name in TEXTS else SAME_IMAGE
            yield Task(kind, name, name, draw, _halves(domains[name], draw))


def _texts(
    domains: dict[str, Seen], one: str, other: str, draw: int, mixes: tuple[Sequence[float] | None, ...]
) -> Callable[[], Rows]:
    seeds = ([draw, TEXTS.index(one), TEXTS.index(other), side] for side in (0, 1))
    drawn = [np.random.default_rng(seed) for seed in seeds]

    def rows() -> Rows:
        source, target = (
            _mixed(rng, domains[name].codes, mix) for rng, name, mix in zip(drawn, (one, other), mixes, strict=True)
        )
        return source, target

    return rows


def _mixed(rng: np.random.Generator, codes: np.ndarray, mix: Sequence[float] | None) -> np.ndarray:
    """Return up to ROWS rows of which each class has its share."""
    if mix is None:
        return np.sort(rng.permutation(len(codes))[:ROWS])
    counts = np.bincount(codes, minlength=len(mix))
    most = min(ROWS, *(int(count / share) for count, share in zip(counts, mix, strict=True)))
    parts = [rng.permutation(np.flatnonzero(codes == code))[: round(share * most)] for code, share in enumerate(mix)]
    return np.sort(np.concatenate(parts))


def _disjoint(domains: dict[str, Seen], one: str, other: str, draw: int) -> Callable[[], Rows]:
    """Half of the emoji in one vendor's drawings, the other half in the other's."""
    ids = np.unique(np.concatenate([domains[one].ids, domains[other].ids]))
    half = np.random.default_rng(draw).permutation(ids)[: len(ids) // 2]
    return lambda: (
        np.flatnonzero(np.isin(domains[one].ids, half)),
        np.flatnonzero(~np.isin(domains[other].ids, half)),
    )


def _halves(domain: Seen, draw: int) -> Callable[[], Rows]:
    """Two halves of one domain, what belongs together on one side."""

    def rows() -> Rows:
        some = np.sort(np.random.default_rng(draw).permutation(len(domain.codes))[: 2 * ROWS])
        return domain.rows.part(some, 0.5, seed=draw)

    return rows
