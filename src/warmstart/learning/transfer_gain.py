"""The gain of transferring over not transferring, paired on identical test rows, and what it is worth in labels."""

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

FARTHEST = 10.0
FEWEST_POINTS = 3


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


@dataclass(frozen=True)
class LabelsSaved:
    """How many more labels the best control would need to match; None is more than can be estimated."""

    value: float | None
    low: float | None
    high: float | None
    reason: str = ""


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


def labels_saved(evidence: Evidence) -> LabelsSaved:
    """Return how many more labels the control would need, from a power law through its learning curve.

    The error of the control is taken to fall as a power of the number of labels (Hestness et al.,
    2017); the interval comes from drawing test rows anew for the curve and the candidate together.
    Where the control is as good already, it needs none.
    """
    points = [point for point in evidence.curve if point.model == evidence.control]
    if len({point.labels for point in points}) < FEWEST_POINTS:
        reason = (
            "The best control has no learning curve: it is too dear to refit, or every row is tested by outer folds."
        )
        return LabelsSaved(None, None, None, reason)
    metric, truth = METRICS[evidence.metric], evidence.truth
    candidate = evidence.predictions[evidence.candidate].codes
    sizes = np.log([point.labels for point in points])

    def needed(rows: np.ndarray) -> float:
        errors = [1 - metric(truth[rows], point.codes[rows]) for point in points]
        error = 1 - metric(truth[rows], candidate[rows])
        if error >= errors[-1]:
            return float(evidence.labels)
        return max(_labels(sizes, np.log(np.clip(errors, 1e-4, 1)), error), evidence.labels)

    sample = draw(needed, Resampling(truth, evidence.groups, stratified=True, draws=500)) - evidence.labels
    value = needed(np.arange(len(truth))) - evidence.labels
    # Some draws never get there (infinity), between which nothing can be interpolated.
    low, high = np.quantile(sample, [0.025, 0.975], method="nearest")
    return LabelsSaved(*(_bounded(number, evidence.labels) for number in (value, min(low, value), max(high, value))))


def _labels(sizes: np.ndarray, errors: np.ndarray, error: float) -> float:
    """Return the number of labels at which a line in log-log reaches the error."""
    slope, start = np.polyfit(sizes, errors, 1)
    if slope >= -1e-3:
        return float("inf")
    return float(np.exp(min((np.log(max(error, 1e-4)) - start) / slope, 50.0)))


def _bounded(number: float, labels: int) -> float | None:
    """Return a whole number of labels, or None beyond what a curve may be stretched to."""
    return None if not np.isfinite(number) or number > FARTHEST * labels else float(round(number))
