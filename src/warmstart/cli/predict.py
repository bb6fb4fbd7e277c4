"""`warmstart predict`: what a bundle says about files, a folder, a table, or sentences; without torch."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.errors import DataError, OptionError

if TYPE_CHECKING:
    from warmstart.cli._predict_answers import Answers
    from warmstart.cli._predict_inputs import Inputs
    from warmstart.runtime.bundle import Bundle

LINES = frozenset({".json", ".jsonl", ".ndjson"})


class Format(StrEnum):
    """How the answers are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def predict(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle folder, such as runs/photos/bundle.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT…", help="Files, folders, tables (csv, tsv, parquet, jsonl), or - for stdin."),
    ] = None,
    *,
    text: Annotated[list[str] | None, typer.Option("--text", help="A sentence to predict; repeats.")] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: table in a terminal, else csv; json is JSON Lines.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the answers to this file.")] = None,
    column: Annotated[
        str | None, typer.Option("--input", metavar="COL", help="The table's input column, if named otherwise.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads to use; all by default.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Images that go through the model together.")] = 16,
    abstain: Annotated[
        bool, typer.Option("--abstain", help="Give no answer below the probability that the bundle names.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Predict the classes of images or texts with a bundle.

    A folder is searched for images (or .txt files, one text each);
    of a table the input column is read, of stdin every line.
    What cannot be read is named, with the reason.

    Examples:

        warmstart predict runs/photos/bundle photos/*.jpg

        warmstart predict runs/photos/bundle photos/ --out answers.csv

        warmstart predict runs/reviews/bundle --text "Works like a charm."

        warmstart predict runs/reviews/bundle new.csv --input review --json

        cat lines.txt | warmstart predict runs/reviews/bundle -

        warmstart predict runs/photos/bundle photos/ --abstain
    """
    from warmstart.cli._predict_inputs import collect
    from warmstart.runtime.bundle import Bundle

    opened = Bundle.open(bundle)
    found = collect(inputs or [], text or [], kind=opened.input_kind, column=opened.input_name, chosen=column)
    below = _abstain_below(opened) if abstain else 0.0
    answers = replace(_answer(opened, found, threads, batch_size), abstain_below=below)
    _write(answers, str(bundle), form, out, as_json)
    if len(answers.failed) == len(answers.names):
        first = next(iter(answers.failed.items()))
        raise DataError(
            f"None of the {len(answers.names)} inputs could be read: '{answers.names[first[0]]}' {first[1]}. "
            "Check that they are what the bundle was made for."
        )


def _abstain_below(bundle: Bundle) -> float:
    """Return the probability below which no answer is given.

    Raises
    ------
    OptionError : the bundle names none.
    """
    if not bundle.labels.abstain_below:
        raise OptionError(
            f"`--abstain` needs a probability to abstain below, and '{bundle.path}' names none: on its validation rows "
            "no threshold halved the errors. Leave `--abstain`, and look at the column probability."
        )
    return bundle.labels.abstain_below


def _answer(bundle: Bundle, found: Inputs, threads: int | None, batch_size: int) -> Answers:
    """Predict the inputs that can be read, and put the answers beside the names of all."""
    import numpy as np

    from warmstart.cli._late_progress import LateProgress
    from warmstart.cli._predict_answers import Answers

    good = [row for row in range(len(found.cells)) if row not in found.failed]
    count, classes = len(found.cells), bundle.labels.classes
    proba, codes = np.full((count, len(classes)), np.nan, dtype=np.float32), np.full(count, -1)
    answers = Answers(found.names, classes, proba, codes, found.failed)
    if not good:
        return answers
    with LateProgress("predicting") as progress:
        answered = bundle.predict(
            [found.cells[row] for row in good], batch_size=batch_size, threads=threads, progress=progress
        )
    proba[good], codes[good] = answered.proba, answered.codes
    failed = found.failed | {good[place]: reason for place, reason in answered.failed.items()}
    return replace(answers, failed=dict(sorted(failed.items())))


def _write(answers: Answers, bundle: str, form: Format | None, out: Path | None, as_json: bool) -> None:
    """Write the answers to the file and to stdout, as was asked."""
    from warmstart.cli import _predict_answers as written

    write = {Format.TABLE: written.as_table, Format.CSV: written.as_csv, Format.JSON: written.as_json_lines}
    if out is not None:
        from warmstart.store.atomic import write_text

        write_text(out, write[form or (Format.JSON if out.suffix.lower() in LINES else Format.CSV)](answers))
        sys.stderr.write(f"Wrote {len(answers.names)} rows to {out}\n")
    if as_json:
        sys.stdout.write(written.as_json(answers, bundle))
    elif out is None:
        sys.stdout.write(write[form or (Format.TABLE if sys.stdout.isatty() else Format.CSV)](answers))
