"""A role for every row, decided once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Role = Literal["train", "validation", "test", "unlabelled", "reference"]
"""Rows of "reference" take part in nothing: they repeat rows that judge, or a source was trained on them."""


@dataclass(frozen=True)
class Split:
    """The role of every row of a dataset.

    Parameters
    ----------
    roles : array of shape (rows,) of role names.
    """

    roles: np.ndarray

    def rows(self, *roles: Role) -> np.ndarray:
        """Return the sorted row numbers that have one of the roles."""
        return np.flatnonzero(np.isin(self.roles, roles))

    def count(self, role: Role) -> int:
        """Return how many rows have the role."""
        return int(np.count_nonzero(self.roles == role))
