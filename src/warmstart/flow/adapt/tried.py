"""Every wanted way of adapting, tried on one target."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.adaptation._base import Domains, Method
from warmstart.core.catalog import catalog, part
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import FeatureTable
from warmstart.errors import NotApplicable
from warmstart.flow.config import AUTO
from warmstart.learning.linear import LinearHead

SOURCE_ONLY = "source_only"


@dataclass(frozen=True)
class Tried:
    """One way of adapting on this target.

    Parameters
    ----------
    head : what it gave; None where it does not apply, and `reason` says why.
    proba : its probabilities for the target rows that are new, (rows, classes).
    follows_mix : whether it reads the class mix of the target where that is known.
    """

    name: str
    summary: str
    head: LinearHead | None
    proba: np.ndarray
    seconds: float = 0.0
    reason: str = ""
    follows_mix: bool = False

    @property
    def shares(self) -> np.ndarray:
        """The share of target rows that it answers with each class, (classes,)."""
        return shares_of(self.proba)


def try_methods(domains: Domains, wanted: Sequence[str], *, progress: Progress = silent) -> list[Tried]:
    """Return what every wanted method gives, what changes least first; not to adapt is always among them.

    Parameters
    ----------
    wanted : names of methods, or "auto" for those that are tried by default.
    """
    kinds = [part("adaptation", name) for name in catalog("adaptation")]
    chosen = [
        kind for kind in kinds if kind.name in (SOURCE_ONLY, *wanted) or (tuple(wanted) == AUTO and kind.by_default)
    ]
    tried = []
    for done, kind in enumerate(sorted(chosen, key=lambda kind: (kind.turn, kind.name))):
        progress("adapt", done, len(chosen))
        tried.append(_fitted(kind(), domains))
    progress("adapt", len(chosen), len(chosen))
    return tried


def mean_proba(heads: Iterable[LinearHead], rows: FeatureTable) -> np.ndarray:
    """Return the mean of what heads give for some rows, (rows, classes)."""
    return np.asarray(np.mean([head.proba(rows) for head in heads], axis=0))


def shares_of(proba: np.ndarray) -> np.ndarray:
    """Return the share of rows (classes,) that are answered with each class."""
    return np.bincount(proba.argmax(axis=1), minlength=proba.shape[1]) / len(proba)


def _fitted(method: Method, domains: Domains) -> Tried:
    """Return what one method gives, or why it does not apply."""
    start = time.perf_counter()
    try:
        head: LinearHead = method.adapt(domains)
    except NotApplicable as reason:
        nothing = np.zeros((len(domains.target), domains.classes))
        return Tried(method.name, method.summary, None, nothing, reason=str(reason))
    proba, seconds = head.proba(domains.target), time.perf_counter() - start
    return Tried(method.name, method.summary, head, proba, seconds, follows_mix=method.follows_mix)
