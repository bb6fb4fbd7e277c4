"""What the Tab key offers where a name is wanted; it must answer at once, so that nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from warmstart.core.catalog import catalog, part


def parts(folder: str, *besides: str) -> Callable[[str], list[str]]:
    """Return what completes the names of the parts of a folder, and others besides; also the last of several."""

    def complete(incomplete: str) -> list[str]:
        return _matching([*besides, *catalog(folder)], incomplete)

    return complete


def sources(incomplete: str) -> list[str]:
    """Return the packaged sources whose name begins so; of earlier runs every file would have to be read."""
    return _matching(["auto", *(card.name for card in part("sources", "packaged")().cards())], incomplete)


def _matching(names: Iterable[str], incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]
