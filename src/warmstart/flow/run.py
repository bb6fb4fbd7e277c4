"""A run folder: what was asked, the plan, what was tried, and where to go on after a crash."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from warmstart import __version__
from warmstart.core.card import Card
from warmstart.core.dataset import Dataset
from warmstart.errors import RunConflict
from warmstart.flow.same_command import places, require_same_command
from warmstart.store import strict_json
from warmstart.store.atomic import is_half_written, tidy_up
from warmstart.store.hashing import content_address
from warmstart.store.journal import Journal
from warmstart.store.lock import NAME, hold

SCHEMA = "warmstart.run/1"
PLANNED = "plan"
LIBRARIES = ("numpy", "scikit-learn", "onnxruntime", "torch", "transformers")


@dataclass
class Run:
    """An open run folder.

    Parameters
    ----------
    folder : where it lies.
    record : the contents of run.json.
    started : `time.monotonic()` at the start of this process's work.
    before : seconds that earlier processes worked on the run, as far as the journal tells.
    """

    folder: Path
    record: dict[str, Any]
    started: float = field(default_factory=time.monotonic)
    before: float = 0.0

    @property
    def result_file(self) -> Path:
        """Where the result is, once the run is finished."""
        return self.folder / "result.json"

    @property
    def bundle(self) -> Path:
        """Where the bundle is, once it is delivered."""
        return self.folder / "bundle"

    @property
    def journal(self) -> Journal:
        """What was tried, a line each."""
        return Journal(self.folder / "trials.jsonl")

    def checkpoint(self, name: str) -> Path:
        """Return the folder that keeps the state of one step."""
        return self.folder / "checkpoints" / name.replace("/", "_").replace(" ", "_")

    def forget_checkpoints(self) -> None:
        """Delete what only an unfinished run needs: hundreds of MB a training."""
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)

    def elapsed(self) -> float:
        """Return seconds since this process began to work on the run."""
        return time.monotonic() - self.started

    def settle(self, name: str, value: Any) -> Any:
        """Return what run.json says under a name; where it says nothing yet, write the value there.

        What is decided from measured time is settled so, once: a resumed run follows it.
        """
        if name not in self.record:
            self.record[name] = value
            strict_json.save(self.folder / "run.json", self.record)
        return self.record[name]

    def require_same(self, name: str, dataset: Dataset) -> None:
        """Settle what some data is, and refuse other data in a run that began on it.

        Parameters
        ----------
        name : what the data is called in run.json.

        Raises
        ------
        RunConflict : its rows, labels or groups have changed.
        """
        labels = [list(values) if values else None for values in (dataset.labels, dataset.groups)]
        self._require(name, name, content_address({"rows": dataset.fingerprint, "labels": labels}))

    def require_same_source(self, card: Card) -> None:
        """Settle which weights the source has, and refuse others: a folder's, or those of a Hub's branch, may change.

        Raises
        ------
        RunConflict : they are others than the run began with.
        """
        self._require("source sha256", f"source '{card.name}'", card.sha256)

    def _require(self, key: str, name: str, fingerprint: str) -> None:
        if self.settle(key, fingerprint) != fingerprint:
            raise RunConflict(
                f"The {name} has changed since the run in '{self.folder}' began. "
                "Restore it to continue that run, or give another --out to begin anew."
            )

    def note(self, event: str, **fields: Any) -> None:
        """Append one line to the journal."""
        self.journal.append({"event": event, "at": round(self.before + self.elapsed(), 2), **fields})


@contextmanager
def open_run(folder: Path, config: Mapping[str, Any], *, started: float | None = None) -> Iterator[Run]:
    """Open a run folder, new or begun, and hold it against other processes.

    Raises
    ------
    RunConflict : it belongs to a different command, another process works in it, or it holds something else; that
        stays as it is.
    """
    _refuse_foreign(folder)
    with hold(folder):
        begun = _begun(folder, config)
        tidy_up(folder)
        record = begun or _new(folder, config)
        run = Run(folder, record, time.monotonic() if started is None else started)
        run.before = max((float(line.get("at", 0.0)) for line in run.journal.records()), default=0.0)
        yield run


def _begun(folder: Path, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what run.json holds, or None where there is none, or one that never came as far as a plan.

    Nothing was decided then: the command, and the data that it was refused for, may be mended.
    """
    _refuse_foreign(folder)
    file = folder / "run.json"
    if not file.exists():
        return None
    record: dict[str, Any] = strict_json.load(file)
    if PLANNED not in record:
        return None
    require_same_command(folder, record, config)
    return record


def _new(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    asked = {"config": dict(config), "places": places(config)}
    record = {"schema": SCHEMA, "created": created, **asked, "versions": versions()}
    strict_json.save(folder / "run.json", record)
    return record


def versions() -> dict[str, str]:
    """Return the versions of warmstart and of the libraries that results depend on."""
    found = {"warmstart": __version__}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something, and no run of ours; and what is no folder."""
    if folder.exists() and not folder.is_dir():
        raise RunConflict(f"'{folder}' is a file, and a run needs a folder of its own. Choose another --out.")
    if (folder / "run.json").exists():
        _refuse_foreign_record(folder / "run.json")
        return
    there = sorted(folder.iterdir()) if folder.exists() else []
    strangers = [path.name for path in there if path.name != NAME and not is_half_written(path)]
    if strangers:
        raise RunConflict(
            f"'{folder}' is not empty and holds no run of ours (it has '{strangers[0]}'). Choose another --out."
        )


def _refuse_foreign_record(file: Path) -> None:
    record = strict_json.load(file)
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise RunConflict(f"'{file}' is not of the schema '{SCHEMA}', and stays as it is. Choose another --out.")
