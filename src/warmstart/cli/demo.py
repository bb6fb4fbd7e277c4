"""`warmstart demo`: the main job on real sample data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from warmstart.cli import _completion
from warmstart.cli._options import AsJson, Quiet, Seed
from warmstart.core.catalog import catalog


def demo(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help=f"The sample data, one of {', '.join(catalog('samples'))}.",
            autocompletion=_completion.parts("samples"),
        ),
    ] = "solar-cells",
    *,
    budget: Annotated[
        str | None, typer.Option(help="Time from start to the verified bundle, such as 90s or 5m.", show_default="160s")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/NAME by default.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Adapt a pre-trained model to real sample data, and say whether the transfer helped.

    Examples:

        warmstart demo

        warmstart demo sentiment --budget 5m
    """
    from warmstart.cli._running import require_training, run_and_show
    from warmstart.core.catalog import part
    from warmstart.readers._base import ReadOptions
    from warmstart.store.cache import Cache

    require_training()
    sample = part("samples", name)().fetch(Cache().root)
    if not (as_json or quiet):
        sys.stderr.write(f"Sample data {name}: {sample.citation}. Licence: {sample.licence}.\n")
    config = _config(
        sample, ReadOptions(**sample.options, licence=sample.licence), out or Path("runs") / name, budget, seed
    )
    run_and_show(config, context=context, as_json=as_json, quiet=quiet)


def _config(sample: Any, options: Any, out: Path, budget: str | None, seed: int) -> Any:
    """Return the experiment's configuration: what suits the sample, then what the user said."""
    from warmstart.core.wording import seconds_of
    from warmstart.flow.config import FitConfig

    fit = dict(sample.fit)
    if budget is not None:
        fit["budget"] = seconds_of(budget)
    return FitConfig(data=sample.data, options=options, out=out, seed=seed, **fit)
