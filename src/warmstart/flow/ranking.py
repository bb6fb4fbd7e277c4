"""Sources and cuts in the order in which they are expected to serve: those looked at first, the others by prior."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from warmstart.core.card import Card
from warmstart.flow.look import Scored
from warmstart.scores import _combination
from warmstart.scores._base import Look
from warmstart.scores._combination import Expected
from warmstart.scores.prior import Prior

WHOLE = "all"


@dataclass(frozen=True)
class Place:
    """A source at a cut, or as a whole where it was not looked at.

    Parameters
    ----------
    cut : the stage it is cut after; "all" where it was not looked at.
    scores : by name, those that apply.
    reasons : by name, why the others do not.
    inputs : what the combination reads; empty where it was not looked at.
    expected : the accuracy of a probe to expect there, where it was looked at.
    """

    source: str
    cut: str
    scores: Mapping[str, float]
    reasons: Mapping[str, str]
    inputs: Mapping[str, float]
    expected: Expected | None


@dataclass(frozen=True)
class Ranking:
    """The places from best to worst, and the accuracy that taking the first is expected to cost (0 to 1)."""

    places: tuple[Place, ...]
    regret: float | None

    def has_cuts_of(self, source: str) -> bool:
        """Return whether a source was looked at."""
        return any(one.source == source and one.expected is not None for one in self.places)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the places as `result.json` has them."""
        return [_plain(one, rank) for rank, one in enumerate(self.places, start=1)]


def ranked_by_prior(cards: Iterable[Card]) -> Ranking:
    """Rank sources that nothing was looked at of."""
    places = [Place(card.name, WHOLE, {"prior": Prior().score(Look(card))}, {}, {}, None) for card in cards]
    return Ranking(tuple(sorted(places, key=lambda one: -one.scores["prior"])), None)


def ranked_by_look(scored: Sequence[Scored], others: Ranking, *, train_rows: int) -> Ranking:
    """Rank cuts that were looked at by the accuracy expected of them, and after them sources that were not.

    Parameters
    ----------
    others : the sources by prior; those that were looked at are left out of it.
    train_rows : how many rows a probe will be fitted on.
    """
    modality = scored[0].look.card.modality
    looked = sorted((_place(one, train_rows) for one in scored), key=_worst_last)
    names = {one.source for one in looked}
    regret = _combination.regret_of_first([one.inputs for one in looked], [one.source for one in looked], modality)
    return Ranking((*looked, *(one for one in others.places if one.source not in names)), regret)


def _place(one: Scored, train_rows: int) -> Place:
    inputs = _combination.inputs(one.look, one.scores, train_rows=train_rows)
    expected = _combination.expected(inputs, one.look.card.modality)
    return Place(one.source, one.cut, one.scores, one.reasons, inputs, expected)


def _worst_last(one: Place) -> float:
    return 0.0 if one.expected is None else -one.expected.value


def _plain(one: Place, rank: int) -> dict[str, Any]:
    return {
        "source": one.source,
        "cut": one.cut,
        "scores": {name: float(value) for name, value in one.scores.items()},
        "expected": None if one.expected is None else asdict(one.expected),
        "rank": rank,
    }
