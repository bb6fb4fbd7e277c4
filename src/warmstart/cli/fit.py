"""`warmstart fit`: adapt a source to your data, and say whether the transfer helped."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli import _completion
from warmstart.cli._options import (
    AsJson,
    Attributes,
    Budget,
    Classes,
    Groups,
    Inputs,
    Metric,
    Quiet,
    Seed,
    Sources,
    Target,
    Task,
    Threads,
    names,
    read_options,
)
from warmstart.core.catalog import catalog, require_known
from warmstart.errors import OptionError

POINTS = 100.0


class Device(StrEnum):
    """Where it computes; this version knows processors only, so that both are the same."""

    AUTO = "auto"
    CPU = "cpu"


class Precision(StrEnum):
    """What the delivered graph computes in."""

    AUTO = "auto"
    FP32 = "fp32"
    INT8 = "int8"


def _strategies() -> str:
    return ", ".join(catalog("strategies"))


def fit(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A folder of class folders, or a table (csv, tsv, parquet, jsonl).")
    ],
    *,
    inputs: Inputs = None,
    target: Target = None,
    classes: Classes = None,
    task: Task = "auto",
    test_size: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Share of the rows that is sealed as test; 0.2 by default.")
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="DATA", help="Other data to test on, instead of a share.")] = None,
    split_from: Annotated[str | None, typer.Option(metavar="RUN", help="Use the split of an earlier run.")] = None,
    groups: Groups = None,
    attributes: Attributes = None,
    source: Sources = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"Ways to adapt that may enter the race, of {_strategies()}; repeats. By default auto: all that the "
            "budget pays for.",
            autocompletion=_completion.parts("strategies", "auto"),
        ),
    ] = None,
    cut: Annotated[str, typer.Option(metavar="STAGE", help="auto, or the stage above which to train.")] = "auto",
    metric: Annotated[
        Metric, typer.Option(help="What judges the models; auto is accuracy, balanced where a class is rare.")
    ] = Metric.AUTO,
    tolerance: Annotated[
        float, typer.Option(metavar="POINTS", help="What a model that forgets less of the source may lose, in points.")
    ] = 0.3,
    budget: Budget = "5m",
    seed: Seed = 0,
    threads: Threads = 0,
    device: Annotated[Device, typer.Option(help="Where it computes; only processors so far.")] = Device.AUTO,
    out: Annotated[Path | None, typer.Option(metavar="RUN", help="The run folder; runs/NAME by default.")] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Labelled rows of what the source knew, to measure what it forgets."),
    ] = None,
    l2_sp: Annotated[
        float,
        typer.Option(
            metavar="STRENGTH",
            help="How strongly partial and full hold weights near the source's (L2-SP), such as 0.01; other strategies "
            "are not concerned.",
        ),
    ] = 0.0,
    row_data: Annotated[
        bool, typer.Option("--row-data/--no-row-data", help="Whether the bundle carries per-row evidence.")
    ] = True,
    precision: Annotated[
        Precision, typer.Option(help="Of the bundle's graph; auto: int8 where it loses less than half a point.")
    ] = Precision.AUTO,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Adapt a pre-trained source to your data, and say whether the transfer helped.

    It splits the data once, fits controls that borrow nothing, races ways to adapt within the budget,
    chooses on validation, and opens the test part once, at the end. The run folder holds
    the bundle to ship, the report, and result.json. Stopped at any moment, the same command goes on.

    Examples:

        warmstart fit photos/

        warmstart fit photos/ --budget 10m --attributes camera --out runs/photos-10m

        warmstart fit reviews.csv --input text --target label --classes positive,negative

        warmstart fit reviews.csv --precision int8 --out runs/small

        warmstart fit reviews.csv --groups customer --strategy probe --strategy partial --out runs/second
    """
    from warmstart.cli._running import require_readable, require_training, run_and_show
    from warmstart.core.wording import seconds_of
    from warmstart.flow.config import FitConfig

    require_training()
    strategies = names(strategy) or ("auto",)
    require_known("strategies", strategies, option="--strategy")
    require_known("modalities", (task,), option="--task")
    if test_size is not None and (test or split_from):
        raise OptionError("`--test-size` asks for a share of the rows, and the test rows are named already. Leave it.")
    config = FitConfig(
        data=data,
        options=read_options(inputs, target, of=(data, test), classes=classes, groups=groups, attributes=attributes),
        out=out or Path("runs") / name_of(data),
        task=task,
        test_size=0.2 if test_size is None else test_size,
        test=test,
        split_from=split_from,
        source=names(source) or ("auto",),
        strategy=strategies,
        cut=cut,
        metric=metric.value,
        tolerance=_share(tolerance),
        budget=seconds_of(budget),
        seed=seed,
        threads=threads,
        reference=reference,
        l2_sp=l2_sp,
        row_data=row_data,
        precision=precision.value,
    )
    require_readable(config.check().data, config.test, config.reference)
    run_and_show(config, context=context, as_json=as_json, quiet=quiet)


def name_of(data: str) -> str:
    """Return what a run on the data is called: the folder's name, or the table's without its ending.

    >>> name_of("somewhere/photos/"), name_of("reviews.csv")
    ('photos', 'reviews')
    """
    path = Path(data).expanduser().resolve()
    return (path.name if path.is_dir() or not path.suffix else path.stem) or "run"


def _share(points: float) -> float:
    if not 0 <= points < POINTS:
        raise OptionError(f"`--tolerance` must be from 0 to 100 points. Got {points:g}. Try 0.3.")
    return points / POINTS
