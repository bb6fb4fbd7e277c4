"""Answers for people and for programs: a table in the terminal, CSV, JSON Lines, one JSON object."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.feature_reference import FLAGGED
from warmstart.store import strict_json

UNLIKE = ("unlike_training", "p_value")
FIXED = ("input", "predicted", "probability", *UNLIKE, "reason")
MOST_COLUMNS = 6
NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Answers:
    """What was asked and answered, one row an input.

    Parameters
    ----------
    names : what a person calls each input.
    classes : the class names.
    proba : probabilities (inputs, classes); not a number where an input failed.
    codes : decided classes (inputs,), -1 where an input failed.
    failed : the reason for every input that failed, by its number.
    p_values : how likely an input like the training rows is as far from them (inputs,); not a number where an input
        failed, or the bundle cannot tell.
    abstain_below : an answer of a lower probability is not given.
    """

    names: Sequence[str]
    classes: Sequence[str]
    proba: np.ndarray
    codes: np.ndarray
    failed: Mapping[int, str]
    p_values: np.ndarray
    abstain_below: float = 0.0

    @property
    def unlike(self) -> np.ndarray:
        """Which inputs are unlike the training rows (inputs,)."""
        return np.asarray(self.p_values <= FLAGGED)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield one plain record an input."""
        for row, name in enumerate(self.names):
            worked = row not in self.failed
            code = int(self.codes[row])
            values = [round(float(value), 6) for value in self.proba[row]] if worked else []
            told = bool(np.isfinite(self.p_values[row]))
            unsure = worked and bool(self.proba[row, code] < self.abstain_below)
            yield {
                "input": _writable(name),
                "predicted": self.classes[code] if worked and not unsure else None,
                "probability": values[code] if worked else None,
                "probabilities": dict(zip(self.classes, values, strict=True)) if worked else {},
                "unlike_training": bool(self.unlike[row]) if told else None,
                "p_value": round(float(self.p_values[row]), 4) if told else None,
                "reason": f"is less than {self.abstain_below:.1%} sure" if unsure else self.failed.get(row),
            }


def joined(parts: Sequence[Answers]) -> Answers:
    """Return the answers of several parts as one."""
    starts = np.cumsum([0, *(len(part.names) for part in parts)]).tolist()
    return Answers(
        [name for part in parts for name in part.names],
        parts[0].classes,
        np.concatenate([part.proba for part in parts]),
        np.concatenate([part.codes for part in parts]),
        {start + row: why for start, part in zip(starts, parts, strict=False) for row, why in part.failed.items()},
        np.concatenate([part.p_values for part in parts]),
        parts[0].abstain_below,
    )


def as_csv(answers: Answers, *, header: bool = True) -> str:
    """Return comma-separated values: input, predicted, probability, the classes, unlike_training, p_value, reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        columns = [f"class:{name}" if name in FIXED else name for name in answers.classes]
        writer.writerow(["input", "predicted", "probability", *columns, *UNLIKE, "reason"])
    for record in answers.records():
        values = [record["probabilities"].get(name, "") for name in answers.classes]
        first = [record["input"], record["predicted"], record["probability"]]
        last = [_unlike(record), record["p_value"], record["reason"]]
        writer.writerow(["" if value is None else value for value in [*first, *values, *last]])
    return text.getvalue()


def as_json_lines(answers: Answers) -> str:
    """Return one JSON object a line."""
    return "".join(strict_json.dumps(record) + "\n" for record in answers.records())


def as_json(answers: Answers, bundle: str) -> str:
    """Return one JSON object with everything."""
    value = {"bundle": bundle, "classes": list(answers.classes), "predictions": list(answers.records())}
    return strict_json.dumps(value, indent=1) + "\n"


def as_table(answers: Answers, *, width: int | None = None) -> str:
    """Return a table for people; with many classes, only the decided one is shown.

    Parameters
    ----------
    width : columns of the terminal; found out where None.
    """
    from rich.console import Console
    from rich.table import Table

    shown = list(answers.classes) if len(answers.classes) <= MOST_COLUMNS else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("input", overflow="fold")
    table.add_column("predicted")
    for name in ["probability", *map(printable, shown)]:
        table.add_column(_literal(name), justify="right")
    table.add_column("unlike training")
    reasons = bool(answers.failed or answers.abstain_below)
    if reasons:
        table.add_column("reason", overflow="fold")
    for record in answers.records():
        numbers = [record["probability"], *(record["probabilities"].get(name) for name in shown)]
        cells = [
            printable(record["input"]),
            printable(record["predicted"] or "–"),
            *map(_share, numbers),
            _unlike(record),
        ]
        table.add_row(*(_literal(cell) for cell in [*cells, *([record["reason"] or ""] if reasons else [])]))
    text = io.StringIO()
    Console(file=text, width=width or Console().width, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _unlike(record: Mapping[str, Any]) -> str:
    """Return whether an input is unlike the training rows, in words; nothing where it could not be read."""
    if record["unlike_training"] is None:
        return NOT_APPLICABLE if record["probability"] is not None else ""
    return "yes" if record["unlike_training"] else "no"


def _literal(text: str) -> Any:
    """Keep rich from reading markup in what the user wrote."""
    from rich.text import Text

    return Text(text)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _writable(name: str) -> str:
    """Return a name that can be written as UTF-8, whatever bytes the file system has."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def printable(name: str, *, most: int | None = 200) -> str:
    """Return a name, or its first letters, on one line, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in name)[:most]
