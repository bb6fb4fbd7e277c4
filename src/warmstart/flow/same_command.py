"""Whether a command is the one that a run folder was begun with: the same options, on the same files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmstart.errors import RunConflict

FIT = "fit"
"""The command of a run that names none."""
READING = "options"
"""Where a command's settings keep those of reading the data."""
OUT = ("out",)
PATHS = ("data", "more", "test", "split_from", "reference", "to", "labels", "judge", "source")
"""Options that may name files: the same ones, however the path is written, and from wherever it is given."""

Option = tuple[str, ...]
"""The name of an option, after the name of the settings that it is kept among."""


def places(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return where the files lie that a command names, as seen from the folder that it is given in.

    What names no file (a column, a packaged source, data in memory) stays as it is said.
    """
    return {name: _place(config[name]) for name in PATHS if name in config}


def require_same_command(folder: Path, record: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with another command than the one that a run folder was begun with.

    Parameters
    ----------
    record : the contents of its run.json.
    now : the settings of this command.

    Raises
    ------
    RunConflict : the command, an option of it or a file that it names is another.
    """
    before = record["config"]
    commands = tuple(one.get("command", FIT) for one in (before, now))
    if commands[0] != commands[1]:
        raise RunConflict(
            f"'{folder}' holds a run of `warmstart {commands[0]}`, and this is `warmstart {commands[1]}`. "
            "Choose another --out."
        )
    _require_same_options(folder, _options(before), _options(now))
    _require_same_places(folder, record.get("places", places(before)), now)


def _require_same_options(folder: Path, was: Mapping[Option, Any], said: Mapping[Option, Any]) -> None:
    changed = [key for key in said if key != OUT and key[0] not in PATHS and was.get(key) != said[key]]
    if changed:
        _refuse(folder, changed[0][-1], was.get(changed[0]), said[changed[0]])


def _require_same_places(folder: Path, was: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    for name in PATHS:
        if name in said and not _is_at(was.get(name), said[name]):
            _refuse(folder, name, was.get(name), _place(said[name]))


def _refuse(folder: Path, name: str, was: Any, said: Any) -> None:
    raise RunConflict(
        f"'{folder}' holds a run with {name}={was!r}, and this command says {name}={said!r}. "
        "Give the same options to continue it, or another --out to begin anew."
    )


def _options(config: Mapping[str, Any]) -> dict[Option, Any]:
    """Return every option by its name, those of reading apart: no name there can hide one of the command."""
    own: dict[Option, Any] = {(name,): value for name, value in config.items() if name != READING}
    return {**own, **{(READING, name): value for name, value in config.get(READING, {}).items()}}


def _place(value: Any) -> Any:
    """Return where a file lies, of several each; anything else stays."""
    if isinstance(value, list):
        return [_place(each) for each in value]
    return str(Path(value).resolve()) if isinstance(value, str) and Path(value).exists() else value


def _is_at(place: Any, said: Any) -> bool:
    """Return whether a value names the files at a place, also where they are gone since: `photos/` and `./photos`."""
    if isinstance(place, list) and isinstance(said, list):
        return len(place) == len(said) and all(map(_is_at, place, said))
    return place == said or (isinstance(said, str) and place == str(Path(said).resolve()))
