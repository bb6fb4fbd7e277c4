"""`warmstart demo`: the main job on real sample data."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer


def demo(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="The sample; a wrong name lists them all.")
    ] = "solar-cells",
    *,
    budget: Annotated[
        str | None, typer.Option(help="Time from start to the verified bundle, such as 90s or 5m.", show_default="150s")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/NAME by default.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Adapt a pre-trained model to real sample data, and say whether the transfer helped.

    Examples:

        warmstart demo

        warmstart demo sentiment --budget 5m
    """
    started = time.monotonic()
    from warmstart.cli.progress import Display
    from warmstart.cli.tables import print_result
    from warmstart.core.catalog import part
    from warmstart.flow.experiment import fit
    from warmstart.readers._base import ReadOptions
    from warmstart.report import write_report
    from warmstart.store import strict_json
    from warmstart.store.cache import Cache

    sample = part("samples", name)().fetch(Cache().root)
    if not (as_json or quiet):
        sys.stderr.write(f"Sample data {name}: {sample.citation}. Licence: {sample.licence}.\n")
    folder = out or Path("runs") / name
    config = _config(sample, ReadOptions(**sample.options), folder, budget, seed)
    with Display(quiet=as_json or quiet) as display:
        outcome = fit(config, progress=display, leader=display.leader, started=started)
    write_report(outcome.folder)
    if as_json:
        sys.stdout.write(strict_json.dumps(outcome.result) + "\n")
        return
    if outcome.finished_before:
        sys.stderr.write(
            f"{outcome.folder} was finished before; this is its result. Give another --out to run again.\n"
        )
    print_result(outcome.result, run=outcome.folder)


def _config(sample: Any, options: Any, out: Path, budget: str | None, seed: int) -> Any:
    """Return the experiment's configuration: what suits the sample, then what the user said."""
    from warmstart.core.wording import seconds_of
    from warmstart.flow.config import FitConfig

    fit = dict(sample.fit)
    if budget is not None:
        fit["budget"] = seconds_of(budget)
    return FitConfig(data=sample.data, options=options, out=out, seed=seed, **fit)
