"""`warmstart pretrain`: go on training a source, on inputs without labels or on labelled sets; it makes a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.cli import _completion
from warmstart.cli._options import AsJson, Classes, Groups, Inputs, Quiet, Seed, Target, Threads, read_options
from warmstart.core.catalog import catalog, require_known

if TYPE_CHECKING:
    from warmstart.cli.progress import Display
    from warmstart.flow.outcome import Outcome


def _methods() -> str:
    return ", ".join(catalog("pretraining"))


def pretrain(
    context: typer.Context,
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUTS...",
            help="A folder of images, or a table; labels are read, and several taken, by --episodic.",
        ),
    ],
    *,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="A name from `warmstart sources`, a folder, a run, or hf:owner/name.",
            autocompletion=_completion.sources,
        ),
    ],
    inputs: Inputs = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Labelled data of your task to compare the new source with the old one on."),
    ] = None,
    episodic: Annotated[
        bool, typer.Option("--episodic", help="Learn from labelled sets to tell new classes by a few examples.")
    ] = False,
    ways: Annotated[
        int | None, typer.Option(metavar="N", help="With --episodic: classes of a task, 5 where there are as many.")
    ] = None,
    shots: Annotated[
        int | None, typer.Option(metavar="K", help="With --episodic: examples a class; 5 by default.")
    ] = None,
    target: Target = None,
    classes: Classes = None,
    groups: Groups = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"How to train, one of {_methods()}; auto goes by the inputs and --episodic.",
            autocompletion=_completion.parts("pretraining", "auto"),
        ),
    ] = "auto",
    cut: Annotated[
        str, typer.Option(metavar="STAGE", help="The last stage that stays frozen; auto is half way up.")
    ] = "auto",
    budget: Annotated[
        str, typer.Option(metavar="TIME", help="From start to the finished source: 90s, 5m or 1h.")
    ] = "5m",
    seed: Seed = 0,
    threads: Threads = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run folder; runs/NAME-pretrained by default.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go on training a source; the result is a source to fit with.

    Without labels. Texts: masked language modelling. Images: VICReg. It stops by itself when held-out pieces of inputs
    are no longer matched better. With --judge it says whether the new source is better than the old one on your task,
    by paired cross-validation of a linear probe; rows that are judged are never trained on. Often it is no better, and
    then it says so.

    --target, --classes and --groups are of rows whose labels are read: those of --judge, and of INPUTS with --episodic
    (then --classes is of INPUTS alone, and every set has its own of them).

    With --episodic it learns from labelled sets, of other tasks than yours, to tell classes by a few examples: on many
    small tasks of a few classes each (prototypical networks). Some classes, or rows where classes are few, are held
    out; on tasks of them the old source and the new one are compared.

    Examples:

        warmstart pretrain unlabelled/ --from efficientnet-lite0 --out runs/my-source

        warmstart fit photos/ --source runs/my-source

        warmstart pretrain movies.csv --from all-minilm-l6-v2 --input text --budget 20m

        warmstart pretrain unlabelled/ --from efficientnet-lite0 --judge photos/ --out runs/judged

        warmstart pretrain birds/ flowers/ --episodic --from efficientnet-lite0 --out runs/learner
    """
    from warmstart.cli._pretrained import print_pretrained
    from warmstart.cli._running import carry_out, require_readable, require_training, started
    from warmstart.cli.fit import name_of
    from warmstart.core.wording import seconds_of
    from warmstart.flow.config import FitConfig
    from warmstart.flow.pretrain.config import PretrainConfig
    from warmstart.flow.sources import open_source

    require_training()
    require_known("pretraining", (method,), option="--method")
    shared = FitConfig(
        data=data[0],
        options=read_options(inputs, target, of=(*data, judge), classes=classes, groups=groups),
        out=out or Path("runs") / f"{name_of(data[0])}-pretrained",
        source=(source,),
        cut=cut,
        budget=seconds_of(budget),
        seed=seed,
        threads=threads,
    )
    config = PretrainConfig(
        shared, method=method, judge=judge, episodic=episodic, more=tuple(data[1:]), ways=ways, shots=shots
    ).check()
    require_readable(config.fit.data, *config.more, config.judge)
    open_source(config.fit.source[0])

    def work(display: Display) -> Outcome:
        from warmstart.flow.pretrain.experiment import pretrain as run

        return run(config, progress=display, started=started(context))

    carry_out(work, print_pretrained, out=config.folder, as_json=as_json, quiet=quiet)
