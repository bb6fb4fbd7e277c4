"""`warmstart predict`: what a bundle says about files, a folder, a table, or sentences; without torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._options import AsJson, Threads
from warmstart.errors import OptionError

if TYPE_CHECKING:
    from warmstart.cli._predict_written import Writer
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
    threads: Threads = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Images that go through the model together.")] = 16,
    abstain: Annotated[
        bool, typer.Option("--abstain", help="Give no answer below the probability that the bundle names.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each answer rests on; of at most 20 inputs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Predict the classes of images or texts with a bundle.

    A folder is searched for images (or .txt files, one text each);
    of a table the input column is read, of stdin every line (answers come in their order).
    What cannot be read is named, with the reason.
    CSV and JSON Lines are written while the rest is predicted,
    so that a folder of any size needs no more memory than a small one.
    Each input is told to be like the training data or unlike it;
    of inputs like the training data, 5 % are flagged as unlike it.
    --explain hides parts of each input in turn and shows which carried the answer:
    words with their weights, patches of an image; --out FOLDER then gets a heat map an image.

    Examples:

        warmstart predict runs/photos/bundle photos/*.jpg

        warmstart predict runs/photos/bundle photos/ --out answers.csv

        warmstart predict runs/reviews/bundle --text "Works like a charm."

        warmstart predict runs/reviews/bundle new.csv --input review --json

        cat lines.txt | warmstart predict runs/reviews/bundle -

        warmstart predict runs/photos/bundle photos/ --abstain

        warmstart predict runs/reviews/bundle --text "Works like a charm." --explain

        warmstart predict runs/photos/bundle photos/cat.jpg --explain --out explained
    """
    from warmstart.cli._late_progress import LateProgress
    from warmstart.cli._predict_inputs import collect, refuse_replacing
    from warmstart.cli._predict_stream import Stream
    from warmstart.cli._predict_written import Tally
    from warmstart.core.wording import count
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder

    if as_json and form is not None and (out is None or explain):
        raise OptionError("`--json` prints one JSON object, and `--format` asks for another form. Give one of them.")
    opened = Bundle.open(bundle)
    if out is not None and not explain:
        refuse_replacing(out, inputs or [], kind=opened.input_kind)
    found = collect(inputs or [], text or [], kind=opened.input_kind, column=opened.input_name, chosen=column)
    tally = Tally()
    below = _abstain_below(opened) if abstain else 0.0
    if explain:
        from warmstart.cli._predict_explained import show_explained

        return show_explained(
            opened,
            found,
            form=form,
            out=out,
            as_json=as_json,
            threads=threads or None,
            batch_size=batch_size,
            below=below,
        )
    with ExitStack() as ending:
        writers = _writers(ending, str(bundle), form, out, as_json)
        progress = ending.enter_context(LateProgress("predicting"))
        stream = Stream(opened, ending.enter_context(Decoder()), threads or None, batch_size)
        for part in stream.answers(found, progress):
            answers = replace(part, abstain_below=below)
            tally.add(answers)
            for writer in writers:
                writer.add(answers)
    if out is not None:
        sys.stderr.write(f"Wrote {count(tally.rows, 'row')} to {out}\n")
    tally.check()
    sys.stderr.write(tally.about_novelty(opened.no_feature_reference) + "\n")


def _abstain_below(bundle: Bundle) -> float:
    """Return the probability below which no answer is given.

    Raises
    ------
    OptionError : the bundle names none.
    """
    if not bundle.labels.abstain_below:
        raise OptionError(
            f"`--abstain` needs a probability to abstain below, and '{bundle.path}' names none: no threshold "
            "halved the errors on its validation rows, or it was made or changed without any (update, adapt, explore). "
            "Leave `--abstain`, and look at the column probability."
        )
    return bundle.labels.abstain_below


def _writers(ending: ExitStack, bundle: str, form: Format | None, out: Path | None, as_json: bool) -> list[Writer]:
    """Return what writes the answers to the file and to stdout, as was asked; each ends with the stack."""
    from warmstart.cli import _predict_answers as written
    from warmstart.cli._predict_written import Kept, Streamed, on_disk
    from warmstart.runtime.answers import as_csv

    def writer(kind: Format, write: Callable[[str], Any], *, at_once: bool = False) -> Writer:
        if kind is Format.TABLE:
            return ending.enter_context(Kept(write, written.as_table))
        if at_once:
            return ending.enter_context(Kept(write, as_csv if kind is Format.CSV else written.as_json_lines))
        return ending.enter_context(Streamed(write, csv=kind is Format.CSV))

    found: list[Writer] = []
    if out is not None:
        lines = Format.JSON if out.suffix.lower() in LINES else Format.CSV
        found.append(writer(form or lines, ending.enter_context(on_disk(out))))
    if as_json:
        found.append(ending.enter_context(Kept(sys.stdout.write, lambda answers: written.as_json(answers, bundle))))
    elif out is None:
        # A terminal also shows the progress, and so gets its lines once that is gone.
        terminal = sys.stdout.isatty()
        found.append(writer(form or (Format.TABLE if terminal else Format.CSV), sys.stdout.write, at_once=terminal))
    return found
