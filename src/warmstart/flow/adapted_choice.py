"""Which heads are delivered: without labels by a gate, with some labels by what they measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.core.wording import percent
from warmstart.learning.domain_distance import total_variation
from warmstart.learning.linear import LinearHead

SOURCE_ONLY = "source_only"
JUDGED = "standardised_self_training"
LIMIT = 0.15
"""Frozen on 24 tasks of four text and four image domains, then tried on 60 fresh ones; see docs/adapting.md."""


@dataclass(frozen=True)
class Tried:
    """One way of adapting on this target.

    Parameters
    ----------
    head : what it gave; None where it does not apply, and `reason` says why.
    proba : its probabilities for the target rows that are new, (rows, classes).
    """

    name: str
    summary: str
    head: LinearHead | None
    proba: np.ndarray
    seconds: float = 0.0
    reason: str = ""

    @property
    def shares(self) -> np.ndarray:
        """The share of target rows that it answers with each class, (classes,)."""
        return shares_of(self.proba)


@dataclass(frozen=True)
class Adaptation:
    """What is delivered: the heads whose probabilities are averaged, by name, and why, in a sentence."""

    heads: Mapping[str, LinearHead]
    why: str

    @property
    def name(self) -> str:
        """What it is called: a method, or the average of some."""
        names = list(self.heads)
        return names[0] if len(names) == 1 else f"average of {', '.join(names[:-1])} and {names[-1]}"

    @property
    def adapts(self) -> bool:
        """Whether anything but the source's own head is in it."""
        return set(self.heads) != {SOURCE_ONLY}


def shares_of(proba: np.ndarray) -> np.ndarray:
    """Return the share of rows (classes,) that are answered with each class."""
    return np.bincount(proba.argmax(axis=1), minlength=proba.shape[1]) / len(proba)


def by_gate(tried: Sequence[Tried], judged: Sequence[str]) -> Adaptation:
    """Return the average of the source's head and of every judged one that answers in about the same class shares.

    A method that fails tends to fail by answering in other shares; the labels of the target are not needed
    to see that. Where none passes, the source's head is taken as it is.

    Parameters
    ----------
    judged : names of the methods that may join.
    """
    known = {one.name: one for one in tried if one.head is not None}
    base = known[SOURCE_ONLY]
    away = {name: total_variation(base.shares, known[name].shares) for name in judged if name in known}
    passed = [name for name, distance in away.items() if distance <= LIMIT]
    heads = {name: head for name in (SOURCE_ONLY, *passed) if (head := known[name].head) is not None}
    return Adaptation(heads, _why(away, passed))


def by_mix(tried: Sequence[Tried], judged: Sequence[str]) -> Adaptation:
    """Return the average of the judged methods: they follow the class mix that was given, and need no gate."""
    known = {one.name: one.head for one in tried if one.head is not None}
    heads = {name: known[name] for name in judged if name in known} or {SOURCE_ONLY: known[SOURCE_ONLY]}
    return Adaptation(heads, "The class mix of the target is known, so that what was adapted to it is taken as it is.")


def _why(away: Mapping[str, float], passed: Sequence[str]) -> str:
    """Say what the gate decided."""
    if not away:
        return "Nothing but the source's own head was there to choose."
    told = ", ".join(f"{name} differs by {percent(distance)}" for name, distance in away.items())
    if not passed:
        return (
            f"The source's own head is kept. Its class shares on the target and those of what was adapted may differ "
            f"by {percent(LIMIT)} at most (total variation): {told}. Where they differ more, adapting harms as often "
            "as it helps."
        )
    return (
        "Its probabilities are averaged with those of the source's own head, because both answer in about the same "
        f"class shares on the target: {told}, and {percent(LIMIT)} is the limit (total variation)."
    )
