"""Open a source by whatever names it, and list those there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from warmstart.core import catalog
from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.errors import MissingExtra, OptionError, SourceError, listed, nearest

AUTO = ("auto",)


@dataclass(frozen=True)
class Contender:
    """A source that may be taken: what opens it, and its card, under a name that no other has."""

    reference: str
    card: Card

    def open(self) -> Backbone:
        """Return the source under that name."""
        backbone = open_source(self.reference)
        return replace(backbone, card=replace(backbone.card, name=self.card.name))


def open_source(reference: str) -> Backbone:
    """Return the source that a reference names: a packaged one, a folder, hf:owner/name, an earlier result.

    Raises
    ------
    SourceError : nothing claims the reference; the nearest known name is suggested.
    MissingExtra : what brings it is not installed.
    """
    for kind in _kinds():
        if kind.claims(reference):
            backbone: Backbone = kind().open(reference)
            return backbone
    known = [card.name for card in cards()]
    raise SourceError(
        f"There is no source '{reference}'. It must be one of: {listed(known, 12)}; a folder with config.json and "
        f"model.safetensors; a bundle or run; or hf:owner/name.{nearest(reference, known)}"
    )


def cards() -> list[Card]:
    """Return the card of every source that can be listed, installed or not; no weights are read."""
    return [card for kind in _kinds() for card in kind().cards()]


def candidates(modality: str) -> list[Card]:
    """Return the cards of the installed sources of a modality that `fit` takes by itself, the best prior first.

    Parameters
    ----------
    modality : "image" or "text".
    """
    offered = [(kind, card) for kind in _kinds() if kind.by_default for card in kind().cards()]
    usable = [card for kind, card in offered if card.modality == modality and kind.is_installed(card.name)]
    return sorted(usable, key=lambda card: (-card.prior, card.name))


def contenders(wanted: Sequence[str], modality: str) -> list[Contender]:
    """Return the sources that may be taken, the best prior first.

    Parameters
    ----------
    wanted : what the user named, or "auto".

    Raises
    ------
    OptionError : a named source is of another modality.
    MissingExtra : none is named, and none of the modality is installed.
    """
    if tuple(wanted) == AUTO:
        found = [Contender(card.name, card) for card in candidates(modality)]
    else:
        found = [Contender(name, _fitting(open_source(name).card, modality)) for name in dict.fromkeys(wanted)]
    if not found:
        raise MissingExtra(
            f"No source for {modality} inputs is installed. "
            "Install the packaged ones with `pip install 'warmstart[packaged]'`, or name one with --source."
        )
    return sorted(_told_apart(found), key=lambda one: (-one.card.prior, one.card.name))


def _told_apart(found: Sequence[Contender]) -> list[Contender]:
    """Return the contenders, those whose name another has under their reference."""
    names = [one.card.name for one in found]
    return [
        replace(one, card=replace(one.card, name=one.reference)) if names.count(one.card.name) > 1 else one
        for one in found
    ]


def _fitting(card: Card, modality: str) -> Card:
    if card.modality != modality:
        raise OptionError(
            f"The source must be for {modality} inputs. '{card.name}' is for {card.modality}. "
            "`warmstart sources` lists what there is."
        )
    return card


def how_to_get(card: Card) -> str:
    """Return the line that installs a source, or an empty string where it is there already."""
    kind = next((kind for kind in _kinds() if kind.claims(card.name)), None)
    return "" if kind is None or kind.is_installed(card.name) else f"pip install 'warmstart[{kind.extra}]'"


def _kinds() -> list[Any]:
    """Return the kinds of sources, names that `fit` takes by itself before folders of the same name."""
    return sorted(catalog.parts("sources"), key=lambda kind: (not kind.by_default, kind.name))
