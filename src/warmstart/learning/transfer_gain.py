"""The gain of transferring over not transferring, paired on identical test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.learning.intervals import Interval, Resampling, around, detectable, draw
from warmstart.learning.metrics import METRICS


@dataclass(frozen=True)
class TransferGain:
    """Metric of the candidate minus that of the control, its 95 % interval, and the verdict.

    Parameters
    ----------
    detectable : the smallest gain that this test finds with 80 % power.
    """

    gain: Interval
    detectable: float

    @property
    def verdict(self) -> str:
        """helps, harms, or no evidence: on which side of zero the interval lies."""
        if self.gain.low > 0:
            return "helps"
        return "harms" if self.gain.high < 0 else "no evidence"

    def to_json(self) -> dict[str, float]:
        """Return value, low and high."""
        return self.gain.to_json()


def resampling_of(evidence: Evidence) -> Resampling:
    """Return the draws of test rows: by group where there are groups, within classes for macro metrics."""
    return Resampling(evidence.truth, evidence.groups, stratified=evidence.metric != "accuracy")


def transfer_gain(evidence: Evidence) -> TransferGain:
    """Return the gain with a paired bootstrap interval."""
    metric, truth = METRICS[evidence.metric], evidence.truth
    candidate = evidence.predictions[evidence.candidate].codes
    control = evidence.predictions[evidence.control].codes

    def difference(rows: np.ndarray) -> float:
        return metric(truth[rows], candidate[rows]) - metric(truth[rows], control[rows])

    sample = draw(difference, resampling_of(evidence))
    return TransferGain(around(difference(np.arange(len(truth))), sample), detectable(sample))
