"""`warmstart evaluate`: the evidence again, on new labelled data; without torch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._options import AsJson, Attributes, Groups, Inputs, Quiet, Target, Threads, read_options

if TYPE_CHECKING:
    from warmstart.flow.on_new_data import Retest


def evaluate(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle folder, such as runs/photos/bundle.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A folder of class folders, or a table.")],
    *,
    inputs: Inputs = None,
    target: Target = None,
    groups: Groups = None,
    attributes: Attributes = None,
    with_seen: Annotated[
        bool, typer.Option("--with-seen", help="Test rows too that the bundle was fitted on; they are left out else.")
    ] = False,
    threads: Threads = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write result, evidence and report into this folder.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure a bundle again, on new labelled data.

    Every metric with its interval, every class, the gain over the control that travels in the bundle,
    and whether it does as well as when it was fitted. Rows that it was fitted on are left out and named.

    Examples:

        warmstart evaluate runs/photos/bundle new_photos/

        warmstart evaluate runs/reviews/bundle march.csv --target label --out march

        warmstart report march --open
    """
    from warmstart.cli.progress import Display
    from warmstart.flow.on_new_data import evaluate_bundle
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder
    from warmstart.store import strict_json
    from warmstart.store.cache import Cache

    options = read_options(inputs, target, of=[data], groups=groups, attributes=attributes)
    opened = Bundle.open(bundle)
    _refuse_strange(out)
    with Decoder() as decoder, Display(quiet=as_json or quiet) as display:
        found = evaluate_bundle(
            opened, data, options,
            decoder=decoder, with_seen=with_seen, threads=threads or None, progress=display, cache=Cache(),
        )  # fmt: skip
    if out is not None:
        _write(out, found)
    if as_json:
        sys.stdout.write(strict_json.dumps(found.result) + "\n")
    else:
        _print(found.result, out)


def _refuse_strange(out: Path | None) -> None:
    """Refuse a folder that holds something else, before the work is done; bundles and runs hold evidence, too."""
    from warmstart.errors import PathError

    if out is None or not out.exists():
        return
    if not out.is_dir():
        raise PathError(f"'{out}' is a file, and `--out` is a folder. Name one that is new or empty.")
    if any(out.iterdir()) and not _is_evaluation(out / "result.json"):
        raise PathError(f"'{out}' holds something else than an evaluation. Name a folder that is new or empty.")


def _is_evaluation(file: Path) -> bool:
    """Return whether it is a result that this command has written."""
    from warmstart.store import strict_json

    result = strict_json.load(file) if file.is_file() else None
    return isinstance(result, dict) and result.get("evaluation") == "new data"


def _write(out: Path, found: Retest) -> None:
    """Write what `warmstart report` and `warmstart compare` read; by the first of it the folder is known as ours."""
    from warmstart.report import write_report
    from warmstart.runtime.evidence_file import save_evidence
    from warmstart.store import strict_json

    out.mkdir(parents=True, exist_ok=True)
    strict_json.save(out / "result.json", found.result)
    save_evidence(out, found.evidence)
    strict_json.save(out / "examples.json", found.examples)
    write_report(out)


def _print(result: dict[str, Any], out: Path | None) -> None:
    """Print the verdict, the models, every class, which class is taken for which, and what to mind."""
    from rich.console import Console
    from rich.text import Text

    from warmstart.cli.tables import class_table, metrics_table, next_lines, remarks
    from warmstart.core import wording

    console = Console(highlight=False)
    console.print()
    console.print(Text(wording.verdict(result["transfer_gain"]), style="bold"), soft_wrap=True)
    console.print()
    console.print(metrics_table(result))
    console.print(class_table(result))
    for line in [*remarks(result), *_novelty(result)]:
        console.print(Text(line), soft_wrap=True)
    if out is not None:
        console.print(Text(f"\nWrote result.json, evidence and examples to {out}. Report: {out / 'report.html'}"))
    for line in next_lines(result):
        console.print(Text(line), soft_wrap=True)


def _novelty(result: dict[str, Any]) -> list[str]:
    """Return how many rows are unlike the training rows, where that is no warning and so was not said yet."""
    from warmstart.cli.tables import MARKS

    return [
        str(finding["sentence"])
        for finding in result["findings"]
        if finding["code"] == "out_of_distribution" and finding["severity"] not in MARKS
    ]
