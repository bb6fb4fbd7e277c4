"""Out of distribution: how many test rows are unlike the training rows, and how the model does on those."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from warmstart.core import wording
from warmstart.core.evidence import Evidence, Novelty
from warmstart.core.feature_reference import FLAGGED
from warmstart.core.finding import Finding
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._two_kinds import two_kinds
from warmstart.errors import NotApplicable
from warmstart.learning.intervals import difference
from warmstart.learning.level import UPPER
from warmstart.learning.shares import share_of


class OutOfDistribution(Diagnosis):
    """Test rows that are farther from the training rows than rows like them would be, 95 times in 100."""

    name: ClassVar[str] = "out_of_distribution"
    summary: ClassVar[str] = "whether test rows are unlike the training rows, and how accurate it is on those"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Compare the share that is flagged with the one that was set, and accuracy on flagged with the other rows."""
        flagged = _flagged(evidence)
        share = share_of(evidence, flagged)
        told, accuracies = _accuracies(evidence, flagged)
        most = _most_by_chance(evidence)
        numbers = {
            "expected": FLAGGED,
            "most_by_chance": most,
            "share": share.to_json(),
            "rows": int(flagged.sum()),
            **accuracies,
        }
        said = f"{wording.percent_interval(share.to_json())} of the test rows are unlike the training rows"
        if share.low > most:
            bound = "" if most == FLAGGED else " at most"
            sentence = f"{said}, and chance would flag {wording.percent(most)}{bound}: they are of another kind.{told}"
            remedy = "Find out in what they differ (`warmstart predict` flags each), and train on rows like them too."
            return [Finding(self.name, "warning", sentence, numbers, remedy)]
        sentence = f"{said}; of rows like them, {_by_chance(most)} are flagged.{told}"
        if accuracies and accuracies["difference"]["high"] < 0:
            remedy = "Let a person see what `warmstart predict` flags as unlike the training data."
            return [Finding(self.name, "note", sentence, numbers, remedy)]
        return [Finding(self.name, "passed", sentence, numbers)]

    @classmethod
    def example(cls) -> Any:
        """Test rows of which half are far from the training rows fire; rows like the training rows are silent."""
        evidence = two_kinds((0.1, 0.3))
        spread = (np.random.default_rng(0).permutation(len(evidence.truth)) + 1) / len(evidence.truth)
        far = np.where(evidence.attributes["kind"] == "rough", 0.01, spread)
        return replace(evidence, novelty=Novelty(far)), replace(evidence, novelty=Novelty(spread))


def _most_by_chance(evidence: Evidence) -> float:
    """Return the largest share of rows like the training rows that is flagged, 39 times in 40.

    All rows are compared with the same distances: how many of them are flagged together goes by where those happen
    to lie, a beta distribution, and is on average what was set (Bates et al., Annals of Statistics, 2023, section 2).
    """
    count = evidence.novelty.distances if evidence.novelty else 0
    if not count:
        return FLAGGED
    below = int(FLAGGED * (count + 1) + 1e-9)
    return float(stats.beta.ppf(UPPER, below, count + 1 - below))


def _by_chance(most: float) -> str:
    expected = wording.percent(FLAGGED)
    return expected if most == FLAGGED else f"{expected}, and at most {wording.percent(most)},"


def _accuracies(evidence: Evidence, flagged: np.ndarray) -> tuple[str, dict[str, dict[str, float]]]:
    """Return how accurate the delivered model is on flagged and on other rows, in words and in numbers."""
    if not flagged.any() or flagged.all():
        return "", {}
    right = evidence.predictions[evidence.chosen].codes == evidence.truth
    on_flagged, on_others = share_of(evidence, right, flagged), share_of(evidence, right, ~flagged)
    numbers = {
        "accuracy_flagged": on_flagged.to_json(),
        "accuracy_others": on_others.to_json(),
        "difference": difference(on_flagged, on_others).to_json(),
    }
    told = (
        f" It is right in {wording.percent_interval(numbers['accuracy_flagged'])} of those and in "
        f"{wording.percent_interval(numbers['accuracy_others'])} of the others."
    )
    return told, numbers


def _flagged(evidence: Evidence) -> np.ndarray:
    """Return which test rows are unlike the training rows (rows,).

    Raises
    ------
    NotApplicable : nothing was compared, or not every row.
    """
    if evidence.novelty is None:
        raise NotApplicable("how far test rows are from the training rows was not measured.")
    p_values = evidence.novelty.p_values
    if not len(p_values) or not np.isfinite(p_values).all():
        raise NotApplicable(evidence.novelty.reason or "not every test row was answered by a model with a reference.")
    return np.asarray(p_values <= FLAGGED)
