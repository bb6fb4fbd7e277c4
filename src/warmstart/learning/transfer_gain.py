"""The gain of transferring over not transferring, paired on identical test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.errors import NotApplicable
from warmstart.learning.intervals import (
    Interval,
    Resampling,
    around,
    cross_fitted_stretch,
    detectable,
    draw,
    paired_proportions,
)
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
    return _resampling(evidence.truth, evidence.groups, evidence.metric)


def stretch_of(evidence: Evidence) -> float:
    """Return how much longer than plain ones intervals must be: 1, but for a cross-fitted test."""
    if evidence.evaluation != "cross-fitted":
        return 1.0
    return cross_fitted_stretch(len(evidence.truth if evidence.groups is None else np.unique(evidence.groups)))


def _resampling(truth: np.ndarray, groups: np.ndarray | None, metric: str) -> Resampling:
    return Resampling(truth, groups, stratified=metric != "accuracy")


def transfer_gain(evidence: Evidence) -> TransferGain:
    """Return the gain with its paired interval.

    Raises
    ------
    NotApplicable : there is no control beside the candidate.
    """
    if evidence.candidate == evidence.control:
        raise NotApplicable("there is no control beside what is delivered to compare it with.")
    candidate, control = (evidence.predictions[name].codes for name in (evidence.candidate, evidence.control))
    found = paired_difference(
        evidence.truth,
        candidate,
        control,
        metric=evidence.metric,
        groups=evidence.groups,
        stretch=stretch_of(evidence),
    )
    return TransferGain(*found)


def paired_difference(
    truth: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    *,
    metric: str,
    groups: np.ndarray | None = None,
    stretch: float = 1.0,
) -> tuple[Interval, float]:
    """Return the metric of one model's codes minus that of another's, and the smallest detectable difference.

    Of accuracy on independent rows the interval is Tango's; all else is drawn anew, pairs of answers together.
    """
    if metric == "accuracy" and groups is None:
        interval, error = paired_proportions(ours == truth, theirs == truth, stretch=stretch)
        return interval, detectable(error)
    measure = METRICS[metric]

    def difference(rows: np.ndarray) -> float:
        return measure(truth[rows], ours[rows]) - measure(truth[rows], theirs[rows])

    sample = draw(difference, _resampling(truth, groups, metric))
    interval = around(difference(np.arange(len(truth))), sample, stretch=stretch)
    return interval, detectable(stretch * float(sample.std(ddof=1)))
