"""Which heads are delivered where no label of the target is known: a gate decides, or the class mix that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from warmstart.core.wording import percent
from warmstart.errors import listed
from warmstart.flow.adapt.tried import SOURCE_ONLY, Tried
from warmstart.flow.choose import ROUNDING
from warmstart.learning.domain_distance import total_variation
from warmstart.learning.linear import LinearHead

JUDGED = "standardised_self_training"
LIMIT = 0.15
"""Frozen on 24 tasks of four text and four image domains, then tried on 60 fresh ones; see docs/adapting.md."""


@dataclass(frozen=True)
class Adaptation:
    """What is delivered: the heads whose probabilities are averaged, by name, and why, in a sentence.

    Parameters
    ----------
    by : what decided: the gate, the class mix that was given, or labels of the target.
    """

    heads: Mapping[str, LinearHead]
    why: str
    by: Literal["gate", "mix", "labels"] = "labels"

    @property
    def name(self) -> str:
        """What it is called: a method, or the average of some."""
        names = list(self.heads)
        return names[0] if len(names) == 1 else f"average of {', '.join(names[:-1])} and {names[-1]}"

    @property
    def adapts(self) -> bool:
        """Whether anything but the source's own head is in it."""
        return set(self.heads) != {SOURCE_ONLY}

    @property
    def is_benchmarked(self) -> bool:
        """Whether it is what the benchmark tried, so that its numbers say something of it."""
        names = {"gate": {SOURCE_ONLY, JUDGED}, "mix": {JUDGED}}
        return set(self.heads) == names.get(self.by)


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
    passed = [name for name, distance in away.items() if distance <= LIMIT + ROUNDING]
    heads = {name: head for name in (SOURCE_ONLY, *passed) if (head := known[name].head) is not None}
    return Adaptation(heads, _why(away, passed), "gate")


def by_mix(tried: Sequence[Tried], judged: Sequence[str]) -> Adaptation:
    """Return the average of the judged methods that follow the class mix that was given: they need no gate.

    Those that do not follow it are left out; where all do not, the gate decides as without it.
    """
    known = {one.name: one for one in tried if one.head is not None and one.name in judged}
    heads = {name: one.head for name, one in known.items() if one.follows_mix and one.head is not None}
    left = [name for name in known if name not in heads]
    if not heads:
        gated = by_gate(tried, judged)
        return replace(gated, why=f"Nothing that could be taken reads the class mix that was given. {gated.why}")
    why = "The class mix of the target is known, so that what was adapted to it is taken as it is."
    return Adaptation(heads, why + (f" What does not read it is left out: {listed(left)}." if left else ""), "mix")


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
