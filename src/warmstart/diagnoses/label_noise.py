"""Label noise: labels that a model which never saw the row doubts, as suggestions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.core.evidence import DataFacts, Evidence, OutOfFold
from warmstart.core.finding import Finding, Severity, about_data
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._made_up import answers_of
from warmstart.diagnoses._two_rows import two_rows
from warmstart.errors import NotApplicable, listed
from warmstart.learning.confident import doubt_labels

NAMED = 3
MANY = 0.02
SURE = 0.85
"""A probe that agrees with fewer labels is too weak for its doubts to be a warning."""
REMEDY = (
    "Look at them from the top of suspects.csv and mend what is wrong; many will prove right. "
    "Judge those of the test part without knowing the model's answer, or the test will flatter it."
)


class LabelNoise(Diagnosis):
    """Labels that confident learning doubts (Northcutt et al., JAIR 2021), from out-of-fold probabilities."""

    name = "label_noise"
    summary = "labels that may be wrong, as suggestions to look at"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return how many labels are doubtful, and the most doubtful ones."""
        checked = evidence.out_of_fold
        if checked is None:
            raise NotApplicable("no out-of-fold probabilities of the labelled rows were measured.")
        rows = doubt_labels(checked.given, checked.proba)
        agreed = float(np.mean(checked.proba.argmax(axis=1) == checked.given))
        count, total = len(rows.suspects), len(checked.given)
        numbers = {"suspects": count, "rows": total, "share": count / total, "agreement": agreed}
        if not count:
            sentence = f"None of the {total:,} labels is doubtful."
            return about_data([Finding(self.name, "passed", sentence, numbers)])
        named = listed((_named(checked, evidence, row, rows.suggested) for row in rows.suspects[:NAMED]), most=NAMED)
        told, whom = (f"are doubtful, most of all {named}. They are suggestions", "them")
        if count == 1:
            told, whom = f"is doubtful: {named}. It is a suggestion", "it"
        sentence = (
            f"{count:,} of {total:,} labels ({count / total:.1%}) {told}: the probe that doubts {whom} "
            f"agrees with {agreed:.0%} of all labels."
        )
        severity: Severity = "warning" if count / total >= MANY and agreed >= SURE else "note"
        return about_data([Finding(self.name, severity, sentence, numbers, REMEDY)])

    @classmethod
    def example(cls) -> Any:
        """Rows of which a tenth carries the other class's label fire; rows that are labelled right stay silent."""
        return _checked(wrong=10), _checked(wrong=0)


def _named(checked: OutOfFold, evidence: Evidence, row: int, suggested: np.ndarray) -> str:
    classes = evidence.task.classes
    return f"{checked.ids[row]} ('{classes[checked.given[row]]}', rather '{classes[suggested[row]]}')"


def _checked(*, wrong: int) -> Evidence:
    """Return evidence of 100 rows of which the first few have the wrong label."""
    truth = np.arange(100) % 2
    sure = 0.85 + 0.1 * np.random.default_rng(0).random(100)
    given = np.where(np.arange(100) < wrong, 1 - truth, truth)
    ids = tuple(f"{row}.png" for row in range(100))
    return replace(
        two_rows(DataFacts(rows=100)),
        out_of_fold=OutOfFold(ids, ("train",) * 100, given, answers_of(truth, sure=sure).proba),
    )
