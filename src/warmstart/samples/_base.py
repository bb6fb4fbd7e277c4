"""What a sample is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warmstart.core.part import Part


@dataclass(frozen=True)
class SampleData:
    """Real data to try the main job on, ready for `fit`.

    Parameters
    ----------
    data : what a reader reads: a path, or a Python object.
    options : how it is to be read, by the names of the fields of `ReadOptions`.
    fit : options of the experiment that suit it, such as {"test_size": 0.25}.
    licence, citation : under what it may be used, and whom to cite.
    """

    data: Path | Any
    options: Mapping[str, Any]
    licence: str
    citation: str
    fit: Mapping[str, Any] = field(default_factory=dict)


class Sample(Part):
    """One real data set that can be fetched; it is never redistributed with this package."""

    @abstractmethod
    def fetch(self, cache_root: Path) -> SampleData:
        """Put the data into a folder below `cache_root`, if it is not there yet, and say how to read it.

        Raises
        ------
        MissingExtra : the package that brings the data is not installed.
        DataError : the data cannot be fetched, or is not what it should be.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> Callable[[Path], Sample]:
        """Return a function (folder) -> a sample that fetches a tiny stand-in of the data, offline."""
