"""What a way of adapting is: a head for the target's features, from the source's labels."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.core.part import Part
from warmstart.core.representation import FeatureTable
from warmstart.learning.linear import LinearHead


@dataclass(frozen=True)
class Domains:
    """A labelled source domain and an unlabelled target domain, as one network sees both.

    Parameters
    ----------
    source : features of the labelled rows.
    codes : their class codes (rows,).
    classes : how many classes there are.
    target : features of the unlabelled rows, of the same width.
    head : the head that was fitted on the source alone.
    penalty : the L2 penalty that cross-validation on the source chose for it.
    mix : the share of every class in the target (classes,), where it is known.
    """

    source: FeatureTable
    codes: np.ndarray
    classes: int
    target: FeatureTable
    head: LinearHead
    penalty: float
    mix: np.ndarray | None = None

    @property
    def source_mix(self) -> np.ndarray:
        """The share of every class in the source, (classes,)."""
        return np.bincount(self.codes, minlength=self.classes) / len(self.codes)


class Method(Part):
    """One way to adapt; it never sees a label of the target."""

    turn: ClassVar[int] = 1
    """Its place in tables: what changes least comes first."""

    by_default: ClassVar[bool] = False
    """Whether it is tried where the user names none."""

    follows_mix: ClassVar[bool] = False
    """Whether it reads the class mix of the target where that is known: what does may leave the source's shares."""

    @abstractmethod
    def adapt(self, domains: Domains) -> LinearHead:
        """Return a head that reads the target's features."""

    @classmethod
    def example(cls) -> Any:
        """Methods run on the contract test's own tiny domains."""
        return None
