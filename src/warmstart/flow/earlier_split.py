"""The split of an earlier run, kept and used again: rows are known by their content, not by their number in a table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmstart.core.dataset import Dataset
from warmstart.core.split import Split
from warmstart.errors import DataError, PathError
from warmstart.store import strict_json

SPLIT_FILE = "split.json"
MOST_BYTES = 1 << 30
"""A run's own file, of about 120 bytes a row: enough for eight million rows."""
KEPT = ("train", "validation", "test")
NUMBERED = re.compile(r"(test: )?row \d+")


def save_split(folder: Path, dataset: Dataset, split: Split) -> None:
    """Write role and content hash of every row into the run folder, for `--split-from`."""
    hashes = None if dataset.hashes is None else list(dataset.hashes)
    roles = [str(role) for role in split.roles]
    strict_json.save(folder / SPLIT_FILE, {"ids": list(dataset.ids), "roles": roles, "hashes": hashes})


def split_from(run: Path, dataset: Dataset) -> Dataset:
    """Return the dataset with the roles that its rows had in an earlier run; new rows are for training.

    Rows are known by their content; a file whose content changed, by its name; and in runs from before
    contents were kept, all by their names.

    Raises
    ------
    PathError : the run has no split.
    DataError : no row of the data was tested there, every row was, by outer folds, or it cannot be told
        whether a row was tested.
    """
    file = run / SPLIT_FILE
    if not file.is_file():
        raise PathError(f"'{run}' is no run with a split: it has no {SPLIT_FILE}. Give the folder of a finished run.")
    saved = strict_json.load(file, max_bytes=MOST_BYTES)
    if "test" not in saved["roles"]:
        raise DataError(f"'{run}' tested every row, by outer folds, and so has no test part to use again.")
    roles = tuple(role if role in KEPT else "" for role in _roles_then(saved, dataset, run))
    if "test" not in roles:
        raise DataError(f"None of the rows of '{dataset.name}' was tested in '{run}'. Give a run on the same data.")
    return dataclasses.replace(dataset, roles=roles)


def _roles_then(saved: Mapping[str, Any], dataset: Dataset, run: Path) -> list[str]:
    """Return the role that every row had in the earlier run, "" for a new one."""
    by_name = dict(zip(saved["ids"], saved["roles"], strict=True))
    if not saved.get("hashes") or dataset.hashes is None:
        return [by_name.get(name, "") for name in dataset.ids]
    by_content: dict[str, dict[str, str]] = {}
    for name, role, key in zip(saved["ids"], saved["roles"], saved["hashes"], strict=True):
        by_content.setdefault(key, {})[name] = role
    there = set(dataset.hashes)
    gone = {name: role for key, same in by_content.items() if key not in there for name, role in same.items()}
    rows = zip(dataset.ids, dataset.hashes, strict=True)
    return [_role_then(name, by_content.get(key, {}), gone, run) for name, key in rows]


def _role_then(name: str, same: Mapping[str, str], gone: Mapping[str, str], run: Path) -> str:
    """Return the role that one row had.

    Parameters
    ----------
    same : the roles of the earlier rows of the same content, by name.
    gone : the roles of the earlier rows whose content is nowhere in the data.

    Raises
    ------
    DataError : the name and the content leave open whether it was tested.
    """
    if name in same:
        return same[name]
    roles = set(same.values()) - {"unlabelled"}
    if len(roles) == 1:
        return roles.pop()
    if "test" in roles:
        raise DataError(
            f"Copies of '{name}' were tested in '{run}' and others were not, and its name does not tell which it is. "
            "Give the rows in the order that they had, or remove the copies."
        )
    if same:
        return ""
    role = gone.get(name, "")
    if not NUMBERED.fullmatch(name):
        return role
    if role == "test":
        raise DataError(
            f"'{name}' was tested in '{run}' and holds other content now, so that it may be the tested row or a new "
            "one. Give the row as it was, or a run on these rows."
        )
    return ""
