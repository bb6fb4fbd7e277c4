"""Run the sides of a comparison in turn, A B A B, each in a fresh process, and collect what each measured."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.errors import NotApplicable

Reading = dict[str, Any]

# What `warmstart` tells glibc in process (training/allocator.py), said from outside to a peer.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_TOP_PAD_": str(256 << 20),
}
SET = ", allocator set"
READINGS = "readings.json"


@dataclass(frozen=True)
class Work:
    """What one process is to do.

    Parameters
    ----------
    folder : where `prepare` left what all sides read; shared by all processes of a benchmark.
    rows : how many rows the work has.
    round : the number of the round, from 0; the seed of everything random.
    started : `time.monotonic()` when its job began, before it imported the libraries that it uses.
    """

    folder: Path
    rows: int
    round: int
    started: float

    def elapsed(self) -> float:
        """Return the seconds since the job began, its imports included."""
        return time.monotonic() - self.started


@dataclass(frozen=True)
class Side:
    """One way to do the work.

    Parameters
    ----------
    name : what the tables call it.
    job : does the work and returns what it measured, "seconds" first of all.
    environment : variables that its process has besides ours.
    rounds : in how many rounds it takes part, from the first; in all by default.
    """

    name: str
    job: Callable[[Work], Reading]
    environment: Mapping[str, str] | None = None
    rounds: int | None = None


def both(name: str, job: Callable[[Work], Reading]) -> tuple[Side, Side]:
    """Return a peer as a user would run it, and the same with the allocator set."""
    return Side(name, job), Side(name + SET, job, ALLOCATOR)


class Readings:
    """What the sides measured: per side, a reading a round."""

    def __init__(self, found: Mapping[str, list[Reading]]) -> None:
        self.found = dict(found)

    def values(self, side: str, measure: str = "seconds") -> list[float]:
        """Return a side's values of one measure, by round."""
        return [float(reading[measure]) for reading in self.found.get(side, []) if measure in reading]

    def first(self, side: str, measure: str) -> Any:
        """Return what a side said of a measure in the first round, None where it said nothing."""
        return next((reading[measure] for reading in self.found.get(side, []) if measure in reading), None)

    def right(self, side: str) -> np.ndarray:
        """Return how often each test row was answered rightly, over the rounds (rows,); empty where nothing was."""
        found = [reading["right"] for reading in self.found.get(side, []) if "right" in reading]
        return np.mean(found, axis=0) if found else np.zeros(0)

    def reason(self, side: str) -> str | None:
        """Return why a side does not apply, None where it does."""
        return self.first(side, "not applicable")

    @classmethod
    def so_far(cls, folder: Path) -> Readings:
        """Return what was measured before the process that asks was started."""
        return cls(json.loads((folder / READINGS).read_text()))


def run_rounds(sides: Sequence[Side], folder: Path, *, rows: int, repeats: int) -> Readings:
    """Run every side once a round, in turn, and return all readings."""
    found: dict[str, list[Reading]] = {side.name: [] for side in sides}
    for number in range(repeats):
        for side in sides:
            if side.rounds is not None and number >= side.rounds:
                continue
            (folder / READINGS).write_text(json.dumps(found))
            reading = in_fresh_process(side.name, folder, rows=rows, number=number, environment=side.environment)
            found[side.name].append(reading)
            print(f"round {number + 1}: {side.name}: {_shown(reading)}", file=sys.stderr, flush=True)
    return Readings(found)


def in_fresh_process(
    name: str, folder: Path, *, rows: int, number: int = 0, environment: Mapping[str, str] | None = None
) -> Reading:
    """Start this benchmark again for one side only, and return the reading that it prints last."""
    options = ["--side", name, "--folder", str(folder), "--rows", str(rows), "--round", str(number)]
    done = subprocess.run(
        [sys.executable, sys.argv[0], *options],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"'{name}' ended with exit code {done.returncode}; what it said is above.")
    return json.loads(done.stdout.splitlines()[-1])


def answer(job: Callable[[Work], Reading | None], work: Work) -> None:
    """Do one side's work and print its reading; whatever else it prints goes to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            reading = job(work) or {}
    except NotApplicable as reason:
        reading = {"not applicable": str(reason)}
    print(json.dumps(reading), flush=True)


def _shown(reading: Reading) -> str:
    return f"{reading['seconds']:.4g} s" if "seconds" in reading else str(reading)
