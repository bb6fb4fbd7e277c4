"""`warmstart update`: new rows and new classes into a bundle, without forgetting the old; without torch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from warmstart.cli._options import AsJson, Classes, Groups, Inputs, Quiet, Seed, Target, Threads, read_options

POINTS = 100.0


def update(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle folder, such as runs/photos/bundle.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="New labelled rows: a folder of classes, or a table.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="RUN", help="The new run folder; the bundle's name and -2 by default."),
    ] = None,
    inputs: Inputs = None,
    target: Target = None,
    classes: Classes = None,
    groups: Groups = None,
    test_size: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=0.5, help="Share of the new rows that is held back to test on."),
    ] = 0.2,
    most_forgotten: Annotated[
        float,
        typer.Option(
            metavar="POINTS", min=0.0, max=POINTS, help="What the old classes may lose in accuracy, in points."
        ),
    ] = 1.0,
    force: Annotated[bool, typer.Option("--force", help="Keep the update also where they lose more.")] = False,
    row_data: Annotated[
        bool, typer.Option("--row-data/--no-row-data", help="Whether the bundle carries per-row evidence.")
    ] = True,
    seed: Seed = 0,
    threads: Threads = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Teach a bundle new rows and new classes, without the rows that it was fitted on.

    The network stays as it is and the head grows, in closed form, from what the bundle stores of its
    classes. What becomes of the old classes is measured on their own test rows, of which the bundle
    stores the features; an update that costs them more than --most-forgotten is refused. The old
    bundle is never touched.

    Examples:

        warmstart update runs/photos/bundle more_photos/

        warmstart update runs/reviews/bundle march.csv --target label --out runs/reviews-march

        warmstart update runs/photos/bundle new_kinds/ --most-forgotten 3
    """
    from warmstart.cli.progress import Display
    from warmstart.flow.update.growing import Terms, update_bundle
    from warmstart.report import write_report
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder
    from warmstart.store import strict_json
    from warmstart.store.cache import Cache

    require_onnx()
    options = read_options(inputs, target, of=[data], classes=classes, groups=groups)
    opened = Bundle.open(bundle)
    run = out or next_run(bundle)
    terms = Terms(test_size, most_forgotten / POINTS, force, row_data, seed)
    with Decoder() as decoder, Display(quiet=as_json or quiet) as display:
        result = update_bundle(
            opened, data, options, run, terms, decoder=decoder, threads=threads or None, progress=display, cache=Cache()
        )
    write_report(run)
    if as_json:
        sys.stdout.write(strict_json.dumps(result) + "\n")
    else:
        _print(result, run)


def require_onnx() -> None:
    """Raise MissingExtra where the graph cannot be changed."""
    import importlib.util

    from warmstart.errors import MissingExtra

    if importlib.util.find_spec("onnx") is None:
        raise MissingExtra("Updating needs onnx, which is not installed here. Install it with: pip install onnx")


def next_run(bundle: Path) -> Path:
    """Return the run folder beside the bundle's own, with the next number.

    >>> str(next_run(Path("runs/photos/bundle"))), str(next_run(Path("runs/photos-2/bundle")))
    ('runs/photos-2', 'runs/photos-3')
    """
    whole = bundle.resolve()
    run = whole.parent if whole.name == "bundle" else whole
    name, _, number = run.name.rpartition("-")
    named = (name, int(number)) if name and number.isdigit() else (run.name, 1)
    beside = run.with_name(f"{named[0]}-{named[1] + 1}")
    return beside if bundle.is_absolute() else Path(os.path.relpath(beside))


def _print(result: dict[str, Any], run: Path) -> None:
    """Print what the update did, every class, and what to mind."""
    from rich.console import Console
    from rich.text import Text

    from warmstart.cli.tables import class_table, next_lines, remarks

    console = Console(highlight=False)
    console.print()
    console.print(Text(result["transfer_gain"]["reason"], style="bold"), soft_wrap=True)
    console.print()
    console.print(class_table(result))
    places = ("", f"Report: {run / 'report.html'}", f"Bundle: {run / 'bundle'}")
    for line in (*remarks(result), *places, *next_lines(result)):
        console.print(Text(line), soft_wrap=True)
