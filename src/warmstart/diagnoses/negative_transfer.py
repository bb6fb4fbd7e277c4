"""Negative transfer: does the best transferred candidate beat the best control that borrows nothing?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding, Severity
from warmstart.diagnoses._base import Diagnosis
from warmstart.diagnoses._made_up import answers_of, made_up
from warmstart.learning.carried_over import borrows
from warmstart.learning.transfer_gain import transfer_gain

SEVERITY: dict[str, Severity] = {"helps": "passed", "no evidence": "warning", "harms": "harm"}
REMEDY = {
    "helps": "",
    "no evidence": "Label more test rows, or try other sources with --source.",
    "harms": "Try a source nearer to the task with --source.",
}
ON_NEW_DATA = {
    "helps": "",
    "no evidence": "Label more rows.",
    "harms": "Label more rows, and fit again with another source.",
}
CONTROL_DELIVERED = " The control is what is delivered."


class NegativeTransfer(Diagnosis):
    """The gain of the best transferred candidate over the best control, both named on validation."""

    name = "negative_transfer"
    summary = "whether the borrowed knowledge helped or hurt, against the best control"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return the verdict with the gain, its interval, and the smallest gain the test could have found."""
        gain = transfer_gain(evidence)
        points = {name: 100 * value for name, value in gain.to_json().items()}
        sentence = (
            f"Transfer {_verb(gain.verdict)}: {evidence.metric.replace('_', ' ')} {points['value']:+.1f} points "
            f"against the best control ({points['low']:+.1f} to {points['high']:+.1f}, "
            f"on {len(evidence.truth)} test rows)."
        )
        numbers = {**gain.to_json(), "detectable": gain.detectable, "verdict": gain.verdict}
        return [Finding(self.name, SEVERITY[gain.verdict], sentence, numbers, _remedy(evidence, gain.verdict))]

    @classmethod
    def example(cls) -> Any:
        """A candidate worse than its control fires; one that is better stays silent."""
        rng = np.random.default_rng(0)
        truth = rng.integers(0, 2, 400)
        good, bad = (answers_of(np.where(rng.random(400) < share, truth, 1 - truth)) for share in (0.9, 0.7))
        fires = made_up(truth, {"candidate": bad, "control": good}, chosen="candidate")
        return fires, replace(fires, predictions={"candidate": good, "control": bad})


def _remedy(evidence: Evidence, verdict: str) -> str:
    """Return what to do about it, and of harm whether it is in what is delivered."""
    if not evidence.of_a_fit:
        return ON_NEW_DATA[verdict]
    return REMEDY[verdict] + (CONTROL_DELIVERED if verdict == "harms" and not borrows(evidence) else "")


def _verb(verdict: str) -> str:
    return {"helps": "helps", "harms": "harms", "no evidence": "shows no evidence of helping"}[verdict]
