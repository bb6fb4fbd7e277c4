"""`warmstart adapt`: labels in one domain, inputs of another: a model for those, and what that is likely worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.cli import _completion
from warmstart.cli._options import (
    IN_QUOTES,
    AsJson,
    Budget,
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
from warmstart.core.catalog import catalog
from warmstart.errors import OptionError

if TYPE_CHECKING:
    from warmstart.cli.progress import Display
    from warmstart.flow.outcome import Outcome


def _methods() -> str:
    return ", ".join(catalog("adaptation"))


def adapt(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="SOURCE_DATA", help="The labelled data: a folder of class folders, or a table.")
    ],
    *,
    to: Annotated[
        str, typer.Option(metavar="TARGET_INPUTS", help="The inputs to adapt to; labels there are not read.")
    ],
    inputs: Inputs = None,
    target: Target = None,
    classes: Classes = None,
    groups: Groups = None,
    task: Task = "auto",
    target_mix: Annotated[
        str | None,
        typer.Option(
            metavar="A=SHARE,B=SHARE",
            help=f"The share of every class in the target, where you know it; {IN_QUOTES}: "
            "'\"Paris, France=0.3\",Rome=0.7'.",
        ),
    ] = None,
    target_labels: Annotated[
        str | None,
        typer.Option(
            metavar="DATA|COL", help="50 or more labelled target rows: data, or a column of the target table."
        ),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"Ways to adapt, of {_methods()}; repeats. By default auto: what has proved itself, behind a gate.",
            autocompletion=_completion.parts("adaptation", "auto"),
        ),
    ] = None,
    source: Sources = None,
    budget: Budget = "5m",
    seed: Seed = 0,
    threads: Threads = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run folder; runs/SOURCE-to-TARGET by default.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Adapt to inputs of which no label is known, from labelled rows of another domain.

    It says how far apart the two are, tries what has proved itself without labels, and changes the source's
    model only where the answers keep about the same class shares. The gain is estimated, not measured, unless
    some labels of the target are given. The run folder holds the bundle, the report, result.json, and
    target.csv with the answers for the target.

    Examples:

        warmstart adapt amazon.csv --to tweets.csv --input text --target label

        warmstart adapt emoji/google --to emoji/twitter

        warmstart adapt amazon.csv --to tweets.csv --target-mix positive=0.3,negative=0.7 --out runs/mixed

        warmstart adapt photos/2025 --to photos/2026 --target-labels photos/2026-labelled
    """
    from warmstart.cli._adapted import print_adapted
    from warmstart.cli._running import carry_out, require_readable, require_training, started
    from warmstart.cli.fit import name_of
    from warmstart.core.catalog import require_known
    from warmstart.core.wording import seconds_of
    from warmstart.flow.adapt.config import AdaptConfig
    from warmstart.flow.config import FitConfig

    require_training()
    require_known("modalities", (task,), option="--task")
    labelled = FitConfig(
        data=data,
        options=read_options(inputs, target, of=(data, to, target_labels), classes=classes, groups=groups),
        out=out or Path("runs") / f"{name_of(data)}-to-{name_of(to)}",
        task=task,
        source=names(source) or ("auto",),
        budget=seconds_of(budget),
        seed=seed,
        threads=threads,
    )
    methods = names(strategy) or ("auto",)
    config = AdaptConfig(labelled, to, methods=methods, mix=_mix(target_mix), labels=target_labels).check()
    require_readable(config.source.data, config.target)

    def work(display: Display) -> Outcome:
        from warmstart.flow.adapt.experiment import adapt as run

        return run(config, progress=display, started=started(context))

    carry_out(work, print_adapted, out=config.folder, as_json=as_json, quiet=quiet)


def _mix(given: str | None) -> dict[str, float]:
    """Return the shares that "positive=0.3,negative=0.7" names.

    Raises
    ------
    OptionError : it is not of that form.
    """
    found: dict[str, float] = {}
    for said in names(given):
        name, _, share = said.rpartition("=")
        try:
            found[name.strip()] = float(share)
        except ValueError:
            name = ""
        if not name.strip():
            raise OptionError(
                f"`--target-mix` must be like positive=0.3,negative=0.7. Got '{said}'. Name every class with its share."
            )
    return found
