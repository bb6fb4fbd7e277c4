"""`warmstart explore`: what is in data without labels: map, clusters, outliers, duplicates."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli import _completion
from warmstart.cli._options import AsJson, Inputs, Quiet, Seed, Threads, input_columns
from warmstart.core import wording
from warmstart.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.cli.progress import Display
    from warmstart.flow.outcome import Outcome

AUTO = "auto"
SHOWN = 20
LEAST_SHARE = 0.005


class Map(StrEnum):
    """How the rows are laid out on the page."""

    AUTO = "auto"
    UMAP = "umap"
    TSNE = "t-sne"
    PCA = "pca"


def explore(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A folder of images, or a table (csv, tsv, parquet, jsonl).")
    ],
    *,
    inputs: Inputs = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="COL", help="A column to compare the clusters with; 'folder' takes the sub-folders."),
    ] = None,
    clusters: Annotated[
        str, typer.Option(metavar="auto|N", help="How many clusters; auto chooses by stability.")
    ] = AUTO,
    source: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="A name from `warmstart sources`, a folder, a run, or hf:owner/name; auto is the packaged one that is "
            "best known for such inputs.",
            autocompletion=_completion.sources,
        ),
    ] = AUTO,
    layout: Annotated[Map, typer.Option("--map", help="auto: UMAP where it is installed, else t-SNE.")] = Map.AUTO,
    seed: Seed = 0,
    threads: Threads = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run folder; runs/NAME-explored by default.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show what is in data without labels: a map, clusters, outliers and duplicates.

    A pre-trained source runs over every row once. In what it sees, clusters are found, as many as other samples
    of the rows give again. The run folder holds report.html with the map, clusters.csv with a line
    a row, and a bundle that puts new rows into the clusters. With --labels, it says afterwards how well the
    clusters match, against the same on raw inputs.

    Examples:

        warmstart explore photos/

        warmstart explore photos/ --labels folder --clusters 8 --out runs/photos-8

        warmstart explore reviews.csv --input text

        warmstart explore reviews.csv --input text --labels label --out runs/topics
    """
    from warmstart.cli._running import carry_out, require_readable, require_training, started
    from warmstart.cli.fit import name_of
    from warmstart.flow.explore.config import ExploreConfig

    require_training()
    config = ExploreConfig(
        data=data,
        inputs=input_columns(inputs, [data]),
        labels=labels,
        source=source,
        clusters=_number(clusters),
        map=layout.value,
        out=out or Path("runs") / f"{name_of(data)}-explored",
        seed=seed,
        threads=threads,
    )
    require_readable(config.check().data)

    def work(display: Display) -> Outcome:
        from warmstart.flow.explore.experiment import explore as explored

        return explored(config, progress=display, started=started(context))

    carry_out(work, _print, out=config.out, as_json=as_json, quiet=quiet)


def _number(clusters: str) -> int | None:
    """Return how many clusters are asked for, None for auto.

    Raises
    ------
    OptionError : it is neither.
    """
    if clusters.strip().casefold() == AUTO:
        return None
    try:
        return int(clusters)
    except ValueError:
        raise OptionError(f"`--clusters` must be auto or a whole number from 2. Got '{clusters}'. Try auto.") from None


def _print(result: Mapping[str, Any], *, run: Path) -> None:
    """Print what was found, how far to trust it, and the next commands."""
    from rich.console import Console
    from rich.text import Text

    from warmstart.cli.tables import next_lines

    console = Console(highlight=False)

    def say(line: str = "", style: str = "") -> None:
        console.print(Text(line, style=style), soft_wrap=True)

    count = len(result["clusters"])
    say(f"{count} clusters in {result['rows']['used']:,} {result['modality']}s of {result['data']}.", "bold")
    console.print(_table(result))
    if count > SHOWN:
        say(f"and {count - SHOWN} more; --json gives them all.")
    say(result["chosen"]["sentence"])
    say(_apart(result))
    say(_repeated(result))
    if result["labels"]:
        say(result["labels"]["sentence"], "bold")
    if result["rows"]["skipped"]:
        say(f"Left out: {wording.count(result['rows']['skipped'], 'row')}; --json names them.")
    say(f"It took {wording.duration(result['seconds']['total'])} with {result['source']}.")
    for line in ("", f"Report: {run / 'report.html'}", f"Table: {run / 'clusters.csv'}", f"Bundle: {run / 'bundle'}"):
        say(line)
    for line in next_lines(result):
        say(line)


def _table(result: Mapping[str, Any]) -> Any:
    """Return a line a cluster."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Cluster", overflow="fold")
    for heading in ("Rows", "Share", "Stay together"):
        table.add_column(heading, justify="right")
    table.add_column("Mostly" if result["labels"] else "Typical row", overflow="fold")
    for one in result["clusters"][:SHOWN]:
        kept = "–" if one["kept"] is None else f"{100 * one['kept']:.0f} %"
        mostly = ", ".join(f"{name} {100 * share:.0f} %" for name, share in one["labels"][:2] if share >= LEAST_SHARE)
        typical = mostly or next(iter(one["representatives"]), "–")
        cells = (one["name"], f"{one['rows']:,}", f"{100 * one['share']:.1f} %", kept, typical)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _apart(result: Mapping[str, Any]) -> str:
    """Return how many rows lie apart, and the farthest."""
    outliers = result["outliers"]
    if not outliers["rows"]:
        return "No row lies notably apart from the others."
    first = outliers["rows"][0]
    rows = f"{wording.count(outliers['notable'], 'row')} {'lies' if outliers['notable'] == 1 else 'lie'}"
    return f"{rows} notably apart; the farthest is {first['id']}: {first['sentence']}"


def _repeated(result: Mapping[str, Any]) -> str:
    """Return how many rows repeat others."""
    exact, near = result["duplicates"]["exact"], result["duplicates"]["near"]
    close = "they cannot be told, the rows are too much alike" if near is None else f"{near:,} pairs"
    return f"Exact copies of an earlier row: {exact:,}. Near duplicates: {close}."
