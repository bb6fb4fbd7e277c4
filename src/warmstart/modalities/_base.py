"""What a modality is: how rows of one kind are checked and shown."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.note import Note
from warmstart.core.part import Part
from warmstart.core.progress import Progress
from warmstart.runtime.decode import Decoder


@dataclass(frozen=True)
class Inspection:
    """What looking at every cell once tells.

    Parameters
    ----------
    hashes : the content hash of every cell, "" where it cannot be read.
    arrays : what near duplicates are told by, a row a cell (zeros where it cannot be read).
    reasons : for every cell that cannot be read, why.
    """

    hashes: tuple[str, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clue:
    """Something beside the content that may tell the class.

    Parameters
    ----------
    name : what it is, as it stands in a sentence.
    values : numbers of every row (rows, columns), NaN where there is none.
    seen : whether a model sees it.
    """

    name: str
    values: np.ndarray
    seen: bool


@dataclass(frozen=True)
class Preview:
    """A cell made small enough to show: a PNG or a text, or the reason why there is neither."""

    png: bytes | None = None
    text: str | None = None
    reason: str | None = None


class Modality(Part):
    """A kind of input.

    `extra` is what it needs installed; `decoding` is whether looking at a cell is dear enough to be remembered.
    """

    decoding: ClassVar[bool] = False

    @abstractmethod
    def inspect(self, cells: Sequence[Any], decoder: Decoder, progress: Progress | None = None) -> Inspection:
        """Look at every cell: is it readable, what is its content hash?"""

    @abstractmethod
    def near_duplicates(self, cells: Sequence[Any], inspection: Inspection) -> np.ndarray | None:
        """Return pairs of rows (pairs, 2) that are equal but for re-encoding; None if they are too alike to tell.

        Every cell must be readable.
        """

    @abstractmethod
    def clues(self, cells: Sequence[Any], inspection: Inspection) -> list[Clue]:
        """Return what cells have beside their content that may tell the class, such as size or encoding.

        Every cell must be readable.
        """

    @abstractmethod
    def previews(self, cells: Sequence[Any], decoder: Decoder, *, side: int = 160) -> list[Preview]:
        """Return the cells made small enough for a report; `side` is the longer side in pixels."""

    @abstractmethod
    def source_notes(
        self, cells: Sequence[Any], backbone: Backbone, *, inspection: Inspection | None = None
    ) -> list[Note]:
        """Return what a source cannot see of these cells.

        Parameters
        ----------
        inspection : what looking at the cells told, where that is at hand.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Any:
        """Return (cells, twin): four different readable cells, and a near duplicate of the first of them."""
