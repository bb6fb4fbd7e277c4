"""Run an experiment for the command line: progress while it works, its result when it is done."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from warmstart.errors import MissingExtra, listed

if TYPE_CHECKING:
    from warmstart.cli.progress import Display
    from warmstart.flow.config import FitConfig
    from warmstart.flow.outcome import Outcome

    Work = Callable[[Display], Outcome]
    Printed = Callable[..., None]

TRAINING = ("torch", "transformers", "onnx", "onnxscript")
INSTALL = ("pip install torch==2.13.0", "pip install 'warmstart[train,packaged]'")


class Interrupted(Exception):
    """The user stopped the command; the sentence says what is kept."""


def require_training() -> None:
    """Raise MissingExtra with the lines that install it, where what training needs is not there."""
    missing = [name for name in TRAINING if importlib.util.find_spec(name) is None]
    if missing:
        lines = "\n".join(f"  {line}" for line in INSTALL)
        raise MissingExtra(
            f"Training needs {listed(missing)}, which is not installed here. For a CPU, install it with:\n{lines}"
        )


def require_readable(*data: str | Path | None) -> None:
    """Refuse data that is not there before a run folder is made for it; None is data that was not asked for.

    Raises
    ------
    PathError, DataError : no reader takes it.
    """
    from warmstart.flow.load import find_reader

    for one in data:
        if one is not None:
            find_reader(Path(one))


def run_and_show(config: FitConfig, *, context: typer.Context, as_json: bool, quiet: bool) -> None:
    """Run the experiment, write its report, and print its result.

    Parameters
    ----------
    context : of the command; it knows when the process began.
    as_json : print one JSON object and nothing else.
    quiet : show no progress.
    """
    from warmstart.cli.tables import print_result

    def work(display: Display) -> Outcome:
        from warmstart.flow.experiment import fit

        return fit(config, progress=display, leader=display.leader, started=started(context))

    carry_out(work, print_result, out=config.out, as_json=as_json, quiet=quiet)


def carry_out(work: Work, printed: Printed, *, out: Path, as_json: bool, quiet: bool) -> None:
    """Do what makes a run folder, under a display of its progress; write its report, and print its result.

    Parameters
    ----------
    printed : prints a result for people, as `printed(result, run=folder)`.
    out : the run folder.

    Raises
    ------
    Interrupted : the user stopped it.
    """
    from warmstart.cli.progress import Display
    from warmstart.report import write_report
    from warmstart.store import strict_json

    try:
        with Display(quiet=as_json or quiet) as display:
            outcome = work(display)
        write_report(outcome.folder)
    except KeyboardInterrupt:
        begun = (out / "run.json").exists()
        raise Interrupted("Interrupted; run the same command to go on." if begun else "Interrupted.") from None
    if as_json:
        sys.stdout.write(strict_json.dumps(outcome.result) + "\n")
        return
    if outcome.finished_before:
        sys.stderr.write(
            f"{outcome.folder} was finished before; this is its result. Give another --out to run again.\n"
        )
    printed(outcome.result, run=outcome.folder)


def started(context: typer.Context) -> float:
    """Return when the process began, as `time.monotonic()` counts."""
    known = context.obj if isinstance(context.obj, dict) else {}
    return float(known.get("started", time.monotonic()))
