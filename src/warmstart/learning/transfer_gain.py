"""The gain of transferring over not transferring, paired on identical test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.errors import NotApplicable
from warmstart.learning.hit_rates import hit_rate_difference, strata_of
from warmstart.learning.intervals import (
    Interval,
    Resampling,
    around,
    cross_fitted_stretch,
    detectable,
    draw,
    no_surer_than,
    within_reach,
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


def gain_record(evidence: Evidence) -> dict[str, Any]:
    """Return the gain as result.json has it: with its verdict, or with the reason why it cannot be told."""
    try:
        gain = transfer_gain(evidence)
    except NotApplicable as reason:
        none = dict.fromkeys(("value", "low", "high", "detectable"))
        told = {**none, "verdict": "not applicable", "reason": f"Not applicable, because {reason}"}
    else:
        told = {**gain.to_json(), "detectable": gain.detectable, "verdict": gain.verdict}
    return {"metric": evidence.metric, **told}


def _resampling(truth: np.ndarray, groups: np.ndarray | None, metric: str) -> Resampling:
    return Resampling(truth, groups, stratified=metric != "accuracy")


def transfer_gain(evidence: Evidence) -> TransferGain:
    """Return the gain with its paired interval.

    Raises
    ------
    NotApplicable : there is no control beside the candidate, or the rows are of too few groups.
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

    Of accuracy and balanced accuracy the interval is made of Tango's; macro-F1 is drawn anew, pairs of
    answers together, and is no surer than balanced accuracy.

    Raises
    ------
    NotApplicable : the rows are of too few groups to see how groups differ.
    """
    draws = _resampling(truth, groups, metric)
    widening = stretch * draws.stretch
    rate, error = hit_rate_difference(ours == truth, theirs == truth, strata_of(metric, truth), groups, stretch=stretch)
    if metric != "macro_f1":
        return rate, detectable(error)
    measure = METRICS[metric]

    def difference(rows: np.ndarray) -> float:
        return measure(truth[rows], ours[rows]) - measure(truth[rows], theirs[rows])

    sample = draw(difference, draws)
    drawn = around(difference(np.arange(len(truth))), sample, stretch=widening)
    interval = within_reach(no_surer_than(drawn, rate), -1.0, 1.0)
    return interval, detectable(max(widening * float(sample.std(ddof=1)), error))


def any_difference(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray, *, metric: str) -> Interval:
    """Return the difference where the rows are of too few groups to say more of it than that it lies in -1 to 1."""
    measure = METRICS[metric]
    return Interval(measure(truth, ours) - measure(truth, theirs), -1.0, 1.0)
