"""What a source is, in data: origin, hash, licence, size, what it was trained on, and from what it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ancestor:
    """One step of a lineage: a model, and the content hashes of the rows it saw here."""

    name: str
    origin: str
    sha256: str
    licence: str
    rows: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain JSON values, with the number of rows for the rows."""
        return {**asdict(self), "rows": len(self.rows)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], rows: tuple[str, ...] = ()) -> Ancestor:
        """Build a step from plain JSON values and the rows, which those do not hold."""
        return cls(**{**data, "rows": rows})


@dataclass(frozen=True)
class Card:
    """What a pre-trained source is.

    Parameters
    ----------
    name : how the user names it on the command line.
    origin : "package:NAME==VERSION", a folder, "hf:owner/name@commit", or "result:PATH".
    sha256 : hash of the weights file that was read.
    architecture : a name in the closed catalog of architectures.
    parameters : the architecture's typed parameters, plain JSON values.
    modality : "image" or "text".
    input_size : pixels of a side (image) or the most tokens (text).
    parameter_count : trainable numbers in the backbone.
    prior : expected quality from reports elsewhere, 0 to 1, without a look at the target.
    cost : multiply-adds for one input at input_size, in billions, where known; else 0.
    """

    name: str
    origin: str
    sha256: str
    licence: str
    modality: str
    architecture: str
    input_size: int
    parameter_count: int
    trained_on: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    prior: float = 0.5
    cost: float = 0.0
    lineage: tuple[Ancestor, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values; of the rows that an ancestor saw it gives the number."""
        return {**asdict(self), "lineage": [step.to_json() for step in self.lineage]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Card:
        """Build a card from plain JSON values; they do not tell which rows an ancestor saw."""
        fields = dict(data)
        fields["limits"] = tuple(fields.get("limits", ()))
        fields["lineage"] = tuple(Ancestor.from_json(step) for step in fields.get("lineage", ()))
        return cls(**fields)

    def as_ancestor(self, rows: tuple[str, ...] = ()) -> Ancestor:
        """Return this card as one step of a descendant's lineage."""
        return Ancestor(self.name, self.origin, self.sha256, self.licence, rows)

    def rows_seen(self) -> frozenset[str]:
        """Return the content hashes of every row that this source or an ancestor saw here."""
        return frozenset(row for step in self.lineage for row in step.rows)
