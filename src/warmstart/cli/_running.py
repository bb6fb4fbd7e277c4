"""Run an experiment for the command line: progress while it works, its result when it is done."""

from __future__ import annotations

import importlib.util
import sys
import time
from typing import TYPE_CHECKING

import typer

from warmstart.errors import MissingExtra, OptionError, listed, nearest

if TYPE_CHECKING:
    from warmstart.flow.config import FitConfig

INTERRUPTED = 130
TRAINING = ("torch", "transformers", "onnx", "onnxscript")
INSTALL = ("pip install torch==2.13.0", "pip install 'warmstart[train,packaged]'")


def require_training() -> None:
    """Raise MissingExtra with the lines that install it, where what training needs is not there."""
    missing = [name for name in TRAINING if importlib.util.find_spec(name) is None]
    if missing:
        lines = "\n".join(f"  {line}" for line in INSTALL)
        raise MissingExtra(
            f"Training needs {listed(missing)}, which is not installed here. For a CPU, install it with:\n{lines}"
        )


def require_known(folder: str, names: tuple[str, ...], *, option: str) -> None:
    """Raise OptionError where a name is neither "auto" nor a part of the folder."""
    from warmstart.core.catalog import catalog

    known = ["auto", *catalog(folder)]
    for name in names:
        if name not in known:
            raise OptionError(f"`{option}` must be one of: {listed(known, 20)}. Got '{name}'.{nearest(name, known)}")


def run_and_show(config: FitConfig, *, context: typer.Context, as_json: bool, quiet: bool) -> None:
    """Run the experiment, write its report, and print its result.

    Parameters
    ----------
    context : of the command; it knows when the process began.
    as_json : print one JSON object and nothing else.
    quiet : show no progress.
    """
    from warmstart.cli.progress import Display
    from warmstart.cli.tables import print_result
    from warmstart.flow.experiment import fit
    from warmstart.report import write_report
    from warmstart.store import strict_json

    try:
        with Display(quiet=as_json or quiet) as display:
            outcome = fit(config, progress=display, leader=display.leader, started=_started(context))
        write_report(outcome.folder)
    except KeyboardInterrupt:
        begun = (config.out / "run.json").exists()
        sys.stderr.write("Interrupted; run the same command to go on.\n" if begun else "Interrupted.\n")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        sys.stdout.write(strict_json.dumps(outcome.result) + "\n")
        return
    if outcome.finished_before:
        sys.stderr.write(
            f"{outcome.folder} was finished before; this is its result. Give another --out to run again.\n"
        )
    print_result(outcome.result, run=outcome.folder)


def _started(context: typer.Context) -> float:
    """Return when the process began, as `time.monotonic()` counts."""
    known = context.obj if isinstance(context.obj, dict) else {}
    return float(known.get("started", time.monotonic()))
