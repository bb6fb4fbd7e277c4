"""Find the parts there are by walking their folders: no list is kept by hand.

A part is a class with a literal `name` and `summary` in a public file of a part folder. Both are
read from the source text, so that asking what exists imports neither the part nor what it needs.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.errors import OptionError, listed, nearest

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Entry:
    """One part: what it is called, what it does, which extra it needs, and where its class is."""

    folder: str
    name: str
    summary: str
    extra: str | None
    module: str
    attribute: str

    def load(self) -> Any:
        """Import the part's class."""
        return getattr(importlib.import_module(self.module), self.attribute)


@functools.cache
def catalog(folder: str) -> dict[str, Entry]:
    """Return every part of a folder by name: ours first, then those of installed entry points.

    Parameters
    ----------
    folder : a part folder, such as "strategies"; third parties add to it with an entry point of
        the group "warmstart.strategies" whose value is "module:Class".

    Raises
    ------
    OptionError : two have the same name.
    """
    entries = [
        entry
        for file in sorted((PACKAGE / folder).glob("[!_]*.py"))
        for entry in _read(folder, f"warmstart.{folder}.{file.stem}", file)
    ]
    for point in importlib.metadata.entry_points(group=f"warmstart.{folder}"):
        spec = importlib.util.find_spec(point.module)
        if spec is not None and spec.origin is not None:
            declared = _read(folder, point.module, Path(spec.origin))
            entries += [entry for entry in declared if entry.attribute == point.attr]
    found: dict[str, Entry] = {}
    for entry in entries:
        if (first := found.setdefault(entry.name, entry)) is not entry:
            raise OptionError(
                f"Parts of {folder} must have names of their own. '{entry.name}' is in {first.module} and in "
                f"{entry.module}. Uninstall the latter, or rename its part."
            )
    return found


def part(folder: str, name: str) -> Any:
    """Return the class of one part by name.

    Raises
    ------
    OptionError : no part has that name; the nearest one is suggested.
    """
    known = catalog(folder)
    if name not in known:
        raise OptionError(
            f"There is no '{name}' in {folder}. It must be one of: {listed(known, 20)}.{nearest(name, known)}"
        )
    return known[name].load()


def require_known(folder: str, names: tuple[str, ...], *, option: str) -> None:
    """Raise OptionError where a name is neither "auto" nor a part of the folder."""
    known = ["auto", *catalog(folder)]
    for name in names:
        if name not in known:
            raise OptionError(f"`{option}` must be one of: {listed(known, 20)}. Got '{name}'.{nearest(name, known)}")


def parts(folder: str) -> list[Any]:
    """Return the classes of every part of a folder, in order of name."""
    return [entry.load() for _, entry in sorted(catalog(folder).items())]


def _read(folder: str, module: str, file: Path) -> list[Entry]:
    """Read the parts a file declares, without running it."""
    entries = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            literals = _literals(node)
            if "name" in literals and "summary" in literals:
                entries.append(
                    Entry(folder, literals["name"], literals["summary"], literals.get("extra"), module, node.name)
                )
    return entries


def _literals(node: ast.ClassDef) -> dict[str, Any]:
    """Return the class's attributes that are plain constants."""
    found: dict[str, Any] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            target, value = statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            target, value = statement.target.id, statement.value
        else:
            continue
        if isinstance(value, ast.Constant):
            found[target] = value.value
    return found
