"""What every part states about itself, whatever folder it lies in."""

from __future__ import annotations

from typing import Any, ClassVar


class Part:
    """One idea in one file; found by `warmstart.core.catalog` because its file lies in its folder.

    `name`, `summary` and `extra` are literals, because the catalog reads them without importing.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    extra: ClassVar[str | None] = None

    @classmethod
    def example(cls) -> Any:
        """Return the tiny, offline case on which the folder's contract test runs this part."""
        raise NotImplementedError(f"{cls.__name__} must bring an example() for the contract test.")
