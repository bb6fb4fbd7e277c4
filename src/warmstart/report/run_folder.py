"""What a run folder holds, read once and checked, with a sentence for everything that is not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warmstart.errors import PathError, StoreError
from warmstart.store import strict_json
from warmstart.store.journal import Journal

SCHEMA = "warmstart.result/1"
NOTHING_RUN = ("new data", "updated")
TRIAL = ("name", "scope", "source", "strategy", "cut", "setting")


@dataclass(frozen=True)
class RunFolder:
    """The files of a finished run; what is missing is empty here and named in `absent`.

    Parameters
    ----------
    result, run, examples, manifest : the parsed JSON files.
    trials : the records of the race, in order.
    absent : a sentence for every file that a complete run has and this one has not; no race was run where
        a bundle was measured on new data, or updated, or adapted without labels.
    """

    path: Path
    result: Mapping[str, Any]
    run: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[Mapping[str, Any], ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read a run folder.

        Raises
        ------
        PathError : there is no such folder, or no result in it yet.
        StoreError : a file is damaged, or was made by a newer version.
        """
        result = finished_result(path)
        require_schema(path, result, SCHEMA)
        absent: list[str] = []
        return cls(
            path=path,
            result=result,
            run=_optional(path / "run.json", "settings, plan and versions are not shown", absent),
            trials=_trials(path, result, absent),
            examples=_optional(path / "examples.json", "no single examples are shown", absent),
            manifest=_optional(path / "bundle" / "manifest.json", "lineage and licences are not shown", absent),
            absent=() if result.get("evaluation") in NOTHING_RUN or "adaptation" in result else tuple(absent),
        )


def finished_result(path: Path) -> Mapping[str, Any]:
    """Return result.json of a finished run of any kind; raises as `RunFolder.open` does."""
    _refuse_unless_finished(path)
    return _object(path / "result.json")


def require_schema(path: Path, result: Mapping[str, Any], schema: str) -> None:
    """Raise StoreError where the result of a run folder was written by another version, in another form."""
    found = str(result.get("schema", ""))
    if found != schema:
        raise StoreError(
            f"{path / 'result.json'} must have the schema '{schema}'. Got '{found[:60]}'. "
            "Read it with the version of warmstart that made it, or make the run again."
        )


def _refuse_unless_finished(path: Path) -> None:
    if not path.is_dir():
        raise PathError(f"A report is made from a run folder. {path} is not a folder. `warmstart fit` makes one.")
    if not (path / "result.json").is_file():
        raise PathError(_unfinished(path))


def _unfinished(path: Path) -> str:
    """Say why a folder has no result, and what to do: name the run of this bundle, finish this run, or name another."""
    around = (path if path.name else path.resolve()).parent
    if (path / "manifest.json").is_file() and (around / "result.json").is_file():
        return f"A report is made from a run folder. '{path}' is the bundle of one. Did you mean '{around}'?"
    if not (path / "run.json").is_file():
        return f"A report needs a finished run. {path} has no result.json. Name a run folder, such as runs/photos."
    command = _object(path / "run.json").get("config", {}).get("command", "fit")
    return (
        f"A report needs a finished run. {path} has no result.json yet. "
        f"Give the same `warmstart {command}` command again: it continues where it stopped."
    )


def _object(file: Path) -> Mapping[str, Any]:
    value = strict_json.load(file)
    if not isinstance(value, dict):
        raise StoreError(f"{file} must hold one JSON object. Got {type(value).__name__}. Make the run again.")
    return value


def _optional(file: Path, consequence: str, absent: list[str]) -> Mapping[str, Any]:
    if file.is_file():
        return _object(file)
    absent.append(f"{file.name} is not in the run folder: {consequence}.")
    return {}


def _trials(path: Path, result: Mapping[str, Any], absent: list[str]) -> tuple[Mapping[str, Any], ...]:
    """Return the race from the journal, or, where that is gone, the shorter list in the result."""
    file = path / "trials.jsonl"
    if file.is_file():
        return _main_race([record for record in Journal(file).records() if record.get("event") == "trial"])
    absent.append("trials.jsonl is not in the run folder: the race is shown from the shorter list in result.json.")
    return tuple(result.get("trials") or ())


def _main_race(records: list[dict[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Leave out the races within outer folds, and of a trial told twice (a run that was resumed) the last telling."""
    main = [record for record in records if record.get("scope", "main") == "main"] or records
    latest = {json.dumps([record.get(key) for key in TRIAL], sort_keys=True): record for record in main}
    return tuple(latest.values())
