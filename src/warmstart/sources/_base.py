"""What a kind of source is."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.core.part import Part


class Source(Part):
    """One kind of place that pre-trained networks come from."""

    by_default: ClassVar[bool] = False
    """Whether `fit` may take what it lists without being told to."""

    @classmethod
    @abstractmethod
    def claims(cls, reference: str) -> bool:
        """Return whether a reference ("efficientnet-lite0", "hf:owner/name", a path) is of this kind."""

    @abstractmethod
    def cards(self) -> list[Card]:
        """Return the cards of what can be listed without a reference, without reading any weights."""

    @staticmethod
    def is_installed(name: str) -> bool:
        """Return whether what brings one of those that it lists is installed."""
        return True

    @abstractmethod
    def open(self, reference: str) -> Backbone:
        """Verify and open one; weights are loaded when `Backbone.build` is called.

        Raises
        ------
        SourceError : not found, hash wrong, only pickled weights, unknown architecture.
        MissingExtra : the package that brings it is not installed.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return a function (folder) -> reference of one tiny model that opens offline."""
