"""`warmstart rank`: sources and cuts by how well they are expected to transfer to your data, with their cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._options import (
    AsJson,
    Classes,
    Groups,
    Inputs,
    Quiet,
    Seed,
    Sources,
    Target,
    Task,
    Threads,
    names,
    read_options,
)

if TYPE_CHECKING:
    from rich.table import Table

    from warmstart.flow.config import FitConfig
    from warmstart.flow.ranking import Place
    from warmstart.flow.survey import Survey

SHOWN = 12


def rank(
    context: typer.Context,
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of class folders, or a table.")],
    *,
    inputs: Inputs = None,
    target: Target = None,
    classes: Classes = None,
    task: Task = "auto",
    groups: Groups = None,
    source: Sources = None,
    budget: Annotated[str, typer.Option(metavar="TIME", help="For all looks together: 90s, 5m or 1h.")] = "5m",
    seed: Seed = 0,
    threads: Threads = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank sources and cuts by how well they are expected to transfer to your data, with their cost.

    Each source is run once over a few hundred training rows. Several scores of every cut, and
    what is known of the source beforehand, become the accuracy to expect of a linear probe there.
    Nothing is trained. From 1,000 rows on, no row is looked at that `fit` tests on; below, `fit`
    tests every row, and the looks are at some of them.

    Examples:

        warmstart rank photos/

        warmstart rank photos/ --source efficientnet-lite0 --source runs/birds --budget 2m

        warmstart rank reviews.csv --input text --target label --json
    """
    from warmstart.cli._running import require_training
    from warmstart.cli.progress import Display
    from warmstart.core.catalog import require_known
    from warmstart.core.wording import seconds_of
    from warmstart.flow.config import FitConfig
    from warmstart.flow.survey import survey
    from warmstart.store import strict_json

    require_training()
    require_known("modalities", (task,), option="--task")
    config = FitConfig(
        data=data,
        options=read_options(inputs, target, of=[data], classes=classes, groups=groups),
        task=task,
        source=names(source) or ("auto",),
        budget=seconds_of(budget),
        seed=seed,
        threads=threads,
    )
    with Display(quiet=as_json or quiet) as display:
        found = survey(config, progress=display, started=(context.obj or {}).get("started"))
    if as_json:
        sys.stdout.write(strict_json.dumps(_summary(found)) + "\n")
    else:
        _print(found, config)


def _summary(found: Survey) -> dict[str, Any]:
    """Return all that is said as plain JSON values."""
    from dataclasses import asdict

    ranking = []
    for row, place in zip(found.ranking.to_json(), found.ranking.places, strict=True):
        cost = found.cost(place)
        ranking.append({**row, "not_applicable": dict(place.reasons), "cost": asdict(cost) if cost else None})
    return {
        "schema": "warmstart.rank/1",
        "data": found.dataset.name,
        "modality": found.dataset.modality,
        "rows": {"all": len(found.dataset), "train": found.train_rows, "looked_at": found.looked_rows},
        "classes": list(found.task.classes),
        "ranking": ranking,
        "regret_of_first": found.ranking.regret,
        "remarks": [{"source": remark.source, **asdict(remark.note)} for remark in found.remarks],
        "left_out": [{"source": name, "reason": reason} for name, reason in found.left_out],
    }


def _print(found: Survey, config: FitConfig) -> None:
    """Print the table, how sure it is, what to know of the sources, and what is next."""
    from rich.console import Console
    from rich.text import Text

    from warmstart.cli.fit import name_of
    from warmstart.flow.next_commands import command

    console = Console(highlight=False)
    first, regret = found.ranking.places[0], found.ranking.regret
    console.print(Text(_headline(found), style="bold"), soft_wrap=True)
    console.print(_table(found))
    if len(found.ranking.places) > SHOWN:
        console.print(Text(f"and {len(found.ranking.places) - SHOWN} more; --json gives them all."))
    if regret is not None:
        sentence = (
            "Expected is the accuracy of a linear probe, with its 95 % interval. "
            f"Taking the first is expected to cost {100 * regret:.1f} points against the best of these."
        )
        console.print(Text(sentence), soft_wrap=True)
    for remark in found.remarks:
        console.print(Text(f"{remark.source}: {remark.note.sentence} {remark.note.remedy}".rstrip()), soft_wrap=True)
    for name, reason in found.left_out:
        console.print(Text(f"{name} was not looked at: {reason}."), soft_wrap=True)
    source = found.references[first.source]
    words = (config.data, "--source", source, "--out", Path("runs") / f"{name_of(config.data)}-{Path(source).name}")
    fit = command("fit", *words, options=config.options, task=config.task, seed=config.seed)
    console.print(Text(f"Next: {fit}"), soft_wrap=True)


def _headline(found: Survey) -> str:
    return (
        f"{found.dataset.name}: {len(found.dataset):,} {found.dataset.modality}s, {len(found.task.classes)} classes; "
        f"looked at {found.looked_rows:,} of {found.train_rows:,} training rows."
    )


def _table(found: Survey) -> Table:
    """Return a line a place, the best first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("", "Source", "Cut", "Expected, %", "Probe, s", "Training, s", "MB"):
        named = heading in ("Source", "Cut")
        table.add_column(heading, justify="left" if named else "right", overflow="fold", no_wrap=not named)
    for rank, place in enumerate(found.ranking.places[:SHOWN], start=1):
        table.add_row(*(Text(cell) for cell in (str(rank), place.source, place.cut, *_numbers(found, place))))
    return table


def _numbers(found: Survey, place: Place) -> tuple[str, ...]:
    """Return accuracy, seconds and memory of a place, or dashes where it was not looked at."""
    cost, expected = found.cost(place), place.expected
    if cost is None or expected is None:
        return ("–",) * 4
    accuracy = f"{100 * expected.value:.1f} ({100 * expected.low:.0f}–{100 * expected.high:.0f})"
    return accuracy, f"{cost.probe:.0f}", f"{cost.training:.0f}" if cost.training else "–", f"{cost.memory_mb:.0f}"
