"""A run folder's work, done once: the steps where they are not finished, else the result that they left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.flow.run import Run, open_run
from warmstart.runtime.cores import available_threads
from warmstart.runtime.decode import Decoder
from warmstart.store import strict_json
from warmstart.training.threads import limited

Steps = Callable[[Run, Decoder, int], dict[str, Any]]
"""From the open run, what decodes its inputs, and how many threads it may use, to the result."""


@dataclass(frozen=True)
class Outcome:
    """A finished run: its folder, its result, and whether it was finished before this call."""

    folder: Path
    result: dict[str, Any]
    finished_before: bool = False


def carried_out(
    folder: Path,
    settings: Mapping[str, Any],
    steps: Steps,
    *,
    started: float | None,
    threads: int,
    recheck: Callable[[Run, Decoder, int], None] | None = None,
) -> Outcome:
    """Run the steps in a run folder and keep their result, or return the one that is there.

    Parameters
    ----------
    settings : what was asked for, as plain values; a folder of others is refused.
    started : `time.monotonic()` when the process began.
    threads : how many the engines may use; 0 for as many as there are.
    recheck : run on a finished folder before its result is returned, where settings alone do not tell the data.

    Raises
    ------
    RunConflict : the folder is of another run, or one is at work in it.
    """
    with open_run(folder, settings, started=started) as run:
        count = threads or available_threads()
        if run.result_file.exists():
            if recheck is not None:
                with Decoder(workers=count) as decoder:
                    recheck(run, decoder, count)
            return Outcome(folder, strict_json.load(run.result_file), finished_before=True)
        with Decoder(workers=count) as decoder, limited(count):
            result = steps(run, decoder, count)
        strict_json.save(run.result_file, result)
        run.forget_checkpoints()
    return Outcome(folder, result)
