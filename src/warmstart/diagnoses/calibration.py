"""How sure it is: whether its probabilities mean what they say, and what abstaining would save."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from warmstart.core import wording
from warmstart.core.evidence import Evidence, Validation
from warmstart.core.finding import Finding
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._made_up import answers_of, made_up
from warmstart.errors import NotApplicable
from warmstart.learning.abstaining import risk_coverage, sureness, threshold
from warmstart.learning.calibration import soften
from warmstart.learning.measured import mean_over_rows
from warmstart.learning.metrics import expected_calibration_error, row_losses
from warmstart.learning.reliability import bins, brier_by_row, calibration_error_by_chance, overconfidence_by_row
from warmstart.learning.shares import share_of

DRAWS = 500
WORTH_A_WARNING = 0.02
"""A calibration error of less hardly changes a decision, however surely it is there."""


class Calibration(Diagnosis):
    """Calibration error and Brier score, what temperature scaling did, and a threshold for abstaining."""

    name: ClassVar[str] = "calibration"
    summary: ClassVar[str] = "whether probabilities mean what they say, and when it should rather not answer"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return how well it is calibrated, whether temperature helped, and what abstaining saves."""
        if not len(evidence.truth):
            raise NotApplicable("the bundle carries no rows, so that probabilities cannot be compared with the truth.")
        return [_calibrated(evidence), *_temperature(evidence), *_abstaining(evidence)]

    @classmethod
    def example(cls) -> Any:
        """A model that says 97 % and is right in 80 % fires; one that says 80 % is silent."""
        return _sure(0.97), _sure(0.8)


def _calibrated(evidence: Evidence) -> Finding:
    """Compare the calibration error with what chance gives on as many rows."""
    truth, proba = evidence.truth, evidence.predictions[evidence.chosen].proba
    excess = overconfidence_by_row(truth, proba)
    found = {
        "brier": mean_over_rows(evidence, brier_by_row(truth, proba), draws=DRAWS, least=0.0),
        "overconfidence": mean_over_rows(evidence, excess, draws=DRAWS, least=-1.0),
    }
    ece, surplus = expected_calibration_error(truth, proba), float(excess.mean())
    chance = calibration_error_by_chance(proba, units=evidence.groups)
    numbers = {"ece": ece, "ece_by_chance": chance, **found, "bins": [asdict(one) for one in bins(truth, proba)]}
    told = (
        f"it says {wording.percent(float(proba.max(axis=1).mean()))} on average and is right in "
        f"{wording.percent(float(np.mean(proba.argmax(axis=1) == truth)))} (calibration error "
        f"{wording.percent(ece)}; at most {wording.percent(chance)}, 19 times in 20, by chance; "
        f"Brier score {wording.measure('brier', found['brier'])})"
    )
    if ece <= max(chance, WORTH_A_WARNING):
        return Finding("calibration", "passed", f"Its probabilities can be taken at their word: {told}.", numbers)
    direction = "too sure" if surplus > ece / 3 else "not sure enough" if surplus < -ece / 3 else "not to be trusted"
    remedy = "Take its probabilities as an order, not as chances; more validation rows would let them be mended."
    return Finding("calibration", "warning", f"Its probabilities are {direction}: {told}.", numbers, remedy)


def _temperature(evidence: Evidence) -> list[Finding]:
    """Say whether softening was kept, and what it did to the log loss of the test rows."""
    if evidence.validation is None:
        return []
    temperature = evidence.validation.temperature
    if temperature == 1.0:
        sentence = "Temperature scaling was not kept: on validation rows it lowered the log loss by no more than noise."
        return [Finding("temperature", "passed", sentence, {"temperature": 1.0})]
    said = f"Temperature scaling ({temperature:.2f}, fitted on validation rows)"
    if evidence.evaluation != "held-out":
        sentence = f"{said} was kept; every outer fold fitted its own."
        return [Finding("temperature", "passed", sentence, {"temperature": temperature})]
    truth, proba = evidence.truth, evidence.predictions[evidence.chosen].proba
    saved = row_losses(truth, soften(proba, 1 / temperature)) - row_losses(truth, proba)
    gain = mean_over_rows(evidence, saved, draws=DRAWS)
    numbers = {"temperature": temperature, "log_loss_saved": gain}
    value, low, high = gain["value"], gain["low"], gain["high"]
    if low is None or high is None:
        sentence = f"{said} was kept; the test rows are of too few groups to tell whether it helped on them."
        return [Finding("temperature", "passed", sentence, numbers)]
    if high < 0:
        sentence = f"{said} made the test rows worse: log loss rose by {-value:.3f} ({-high:+.3f} to {-low:+.3f})."
        remedy = "Give more rows: a temperature that validation rows mislead is fitted on too few."
        return [Finding("temperature", "warning", sentence, numbers, remedy)]
    helped = "helped" if low > 0 else "made no clear difference"
    sentence = f"{said} {helped} on test rows: log loss saved {value:.3f} ({low:+.3f} to {high:+.3f})."
    return [Finding("temperature", "passed", sentence, numbers)]


def _abstaining(evidence: Evidence) -> list[Finding]:
    """Say what abstaining below the threshold of validation leaves unanswered and saves on test rows."""
    if evidence.abstain_below is None:
        return []
    answered = evidence.predictions[evidence.chosen]
    wrong = answered.codes != evidence.truth
    kept = sureness(answered) >= evidence.abstain_below
    curve = [asdict(point) for point in risk_coverage(evidence.truth, answered)]
    below = _below(evidence)
    numbers = {"abstain_below": below, "error": float(wrong.mean()), "curve": curve}
    if not evidence.abstain_below.any():
        remedy = "Look at the column probability that `warmstart predict` writes, and check the least sure answers."
        return [Finding("abstaining", "not applicable", _no_threshold(evidence), numbers, remedy)]
    if not kept.any():
        sentence = f"Answering only where it is {_sure_enough(evidence, below)}, it answers none of the test rows."
        remedy = "Do not use --abstain with this bundle: of rows like these it leaves out every one."
        return [Finding("abstaining", "warning", sentence, numbers, remedy)]
    coverage, error = share_of(evidence, kept), share_of(evidence, wrong, kept)
    numbers |= {"coverage": coverage.to_json(), "error_answered": error.to_json()}
    every = wording.percent(float(wrong.mean()))
    sentence = (
        f"Answering only where it is {_sure_enough(evidence, below)}, it answers "
        f"{wording.percent_interval(coverage.to_json())} of the test rows and errs on "
        f"{wording.percent_interval(error.to_json())} of those, instead of {every} of all."
    )
    if not below:
        sentence += " The bundle has no threshold: on the rows that it was chosen on, none halved its errors."
        return [Finding("abstaining", "note", sentence, numbers)]
    if error.value < wrong.mean():
        remedy = "Use it with `warmstart predict BUNDLE INPUT --abstain`; what it leaves out a person should see."
        return [Finding("abstaining", "note", sentence, numbers, remedy)]
    remedy = "Do not use --abstain with this bundle: on test rows it saves nothing."
    return [Finding("abstaining", "warning", sentence, numbers, remedy)]


def _below(evidence: Evidence) -> float:
    """Return the bundle's threshold: of a cross-fitted test, that of the last procedure, which no fold may share."""
    if evidence.evaluation == "cross-fitted" and evidence.validation is not None:
        return threshold(evidence.validation.truth, evidence.validation.answered)
    return float(np.median(evidence.abstain_below if evidence.abstain_below is not None else 0.0))


def _sure_enough(evidence: Evidence, below: float) -> str:
    """Return how sure it is where it answers."""
    if evidence.evaluation != "cross-fitted":
        return f"at least {wording.percent(below)} sure"
    own = f" (the bundle: {wording.percent(below)})" if below else ""
    return f"as sure as each outer fold asked on its own rows{own}"


def _no_threshold(evidence: Evidence) -> str:
    """Say why there is none; where nothing was wrong there was nothing to halve."""
    known = evidence.validation
    if known is not None and np.array_equal(known.answered.codes, known.truth):
        return "No threshold for abstaining was looked for: on validation rows no answer was wrong."
    return "No threshold for abstaining was found: on validation rows none halved the errors."


def _sure(says: float) -> Evidence:
    """Return evidence of a model that is right in 80 % and always says so much."""
    rng = np.random.default_rng(0)
    truth = np.arange(500) % 2
    codes = np.where(rng.random(500) < 0.2, 1 - truth, truth)
    answered = answers_of(codes, sure=says)
    return made_up(
        truth,
        dict.fromkeys(("delivered", "candidate", "control"), answered),
        validation=Validation(truth, answered),
        abstain_below=np.full(500, threshold(truth, answered)),
    )
