"""What `explore` is asked to do, in plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from warmstart.errors import OptionError, listed
from warmstart.flow.config import check_seed_and_threads, said

MAPS = ("auto", "umap", "t-sne", "pca")


@dataclass(frozen=True)
class ExploreConfig:
    """The resolved options of one exploration.

    Parameters
    ----------
    data : a folder of images, a table, or Python data.
    inputs : the input column of a table; the likeliest where empty.
    labels : a column, or "folder", with which the clusters are compared once they are found.
    source : the source, or "auto": the best prior of those that are installed.
    clusters : how many; None chooses by stability.
    map : how the rows are laid out on the page.
    out : the run folder.
    seed : of everything random.
    threads : processor threads; 0 for as many as there are.
    """

    data: Any
    inputs: tuple[str, ...] = ()
    labels: str | None = None
    source: str = "auto"
    clusters: int | None = None
    map: str = "auto"
    out: Path = Path("runs/explored")
    seed: int = 0
    threads: int = 0

    def check(self) -> ExploreConfig:
        """Return the configuration itself.

        Raises
        ------
        OptionError : an option is outside what it may be.
        """
        if self.clusters is not None and self.clusters < 2:
            raise OptionError(
                f"`clusters` must be auto or at least 2: one tells nothing apart. Got {self.clusters}. Try auto."
            )
        if self.map not in MAPS:
            raise OptionError(f"`map` must be one of: {listed(MAPS)}. Got '{self.map}'. Try auto.")
        check_seed_and_threads(self.seed, self.threads)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what decides the result, as plain values."""
        plain = {"command": "explore", **asdict(replace(self, data=None)), "data": said(self.data)}
        return {**plain, "inputs": list(self.inputs), "out": str(self.out)}
