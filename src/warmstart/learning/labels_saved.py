"""What the transfer is worth in labels: how many more the best control would need to match."""

from __future__ import annotations

import math
from dataclasses import dataclass

from warmstart.core.evidence import Evidence
from warmstart.learning.clustered import too_few
from warmstart.learning.learning_curve import errors_of, forecast

FARTHEST = 10
NO_CURVE = (
    "The best control has no learning curve: it is too dear to fit again and again, knows only the class shares, "
    "or the budget was spent."
)


@dataclass(frozen=True)
class LabelsSaved:
    """How many more labels the best control would need to match; None is more than a curve may be stretched to.

    Parameters
    ----------
    within : the number of further labels up to which the curve was followed.
    reason : why nothing is known, where nothing is.
    """

    value: float | None
    low: float | None
    high: float | None
    within: int | None = None
    reason: str = ""


def labels_saved(evidence: Evidence) -> LabelsSaved:
    """Return how many more labels the control would need, from its learning curve.

    The interval comes from drawing test rows anew for the curve and the candidate together. Where the
    control is as good already, it needs none.
    """
    if evidence.groups is not None and (reason := too_few(evidence.groups, evidence.truth)):
        return LabelsSaved(None, None, None, reason=reason)
    curve = forecast(evidence, evidence.control)
    if curve is None:
        return LabelsSaved(None, None, None, reason=NO_CURVE)
    needed = curve.needed(errors_of(evidence, evidence.candidate))
    within = (FARTHEST - 1) * evidence.labels
    value, low, high = (
        _bounded(labels - evidence.labels, within) for labels in (needed.value, needed.low, needed.high)
    )
    return LabelsSaved(value, low, high, within)


def _bounded(number: float, within: int) -> float | None:
    """Return a whole number of labels, or None beyond what a curve may be stretched to."""
    return None if not math.isfinite(number) or number > within else float(round(number))
