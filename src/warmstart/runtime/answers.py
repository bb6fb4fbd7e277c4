"""Answers as `predict` and `adapt` write them: a record an input, and a table of comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.feature_reference import FLAGGED

UNLIKE = ("unlike_training", "p_value")
FIXED = ("input", "predicted", "probability", *UNLIKE, "reason")
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
        last = [unlike_in_words(record), record["p_value"], record["reason"]]
        writer.writerow(["" if value is None else value for value in [*first, *values, *last]])
    return text.getvalue()


def unlike_in_words(record: Mapping[str, Any]) -> str:
    """Return whether an input is unlike the training rows, in words; nothing where it could not be read."""
    if record["unlike_training"] is None:
        return NOT_APPLICABLE if record["probability"] is not None else ""
    return "yes" if record["unlike_training"] else "no"


def _writable(name: str) -> str:
    """Return a name that can be written as UTF-8, whatever bytes the file system has."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
