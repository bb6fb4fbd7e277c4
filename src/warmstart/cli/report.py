"""`warmstart report`: the page of a finished run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._options import AsJson


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder, such as runs/photos.")],
    *,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the page here, instead of RUN/report.html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a run: one HTML page that needs nothing else.

    Examples:

        warmstart report runs/photos --open

        warmstart report runs/photos --out photos.html
    """
    from warmstart.report import render, write_report
    from warmstart.store import atomic, strict_json

    if out is None:
        page = write_report(run)
    else:
        atomic.write_text(out, render(run))
        page = out
    if open_it:
        typer.launch(page.resolve().as_uri())
    sys.stdout.write(strict_json.dumps({"report": str(page)}) + "\n" if as_json else f"{page}\n")
