"""Two models on the same rows: by how much one is better, and where each is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from warmstart.core.evidence import Evidence
from warmstart.core.wording import metric_name, points
from warmstart.errors import NotApplicable
from warmstart.learning.intervals import Interval, Resampling, around, cross_fitted_stretch, detectable
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import any_difference, paired_difference, stretch_of


@dataclass(frozen=True)
class Difference:
    """Metric of the second model minus that of the first, on identical rows.

    Parameters
    ----------
    detectable : the smallest difference that these rows find with 80 % power.
    reason : why the rows cannot tell, as the end of a sentence; "" where they can.
    """

    metric: str
    difference: Interval
    detectable: float
    reason: str

    @property
    def verdict(self) -> str:
        """better, worse, or no evidence: on which side of zero the interval lies."""
        if self.difference.low > 0:
            return "better"
        return "worse" if self.difference.high < 0 else "no evidence"

    def sentence(self, first: str, second: str) -> str:
        """Return the verdict in words, about models of these names."""
        if self.reason:
            return f"Whether {second} is better or worse than {first} cannot be told, because {self.reason}"
        said = points(self.difference.to_json()).replace("points", f"points of {metric_name(self.metric)}", 1)
        if self.verdict == "no evidence":
            return f"No evidence that {second} is better or worse than {first}: {said}."
        return f"{second} is {self.verdict} than {first}: {said}."


@dataclass(frozen=True)
class Paired(Difference):
    """Two models that each answered every row once, and where each is right.

    Parameters
    ----------
    both, first, second, neither : how many rows both models have right, only the first, only the second, none.
    chance : how likely rows that only one has right are split so unevenly where both are equally good
        (McNemar, 1947; exact); None where rows belong together and are not independent.
    """

    both: int
    first: int
    second: int
    neither: int
    chance: float | None


@dataclass(frozen=True)
class CrossValidated(Difference):
    """Two models that answered every row several times, by repeated cross-validation; the metric is the mean.

    Parameters
    ----------
    first, second : the metric of each.
    """

    first: Interval
    second: Interval


def compare(first: Evidence, second: Evidence, *, metric: str) -> Paired:
    """Return how the chosen models of two runs compare; both are about the same rows in the same order.

    Where the rows are of too few groups to tell, the difference may be any.
    """
    answers = [one.predictions[one.chosen].codes for one in (second, first)]
    stretch, reason = max(stretch_of(first), stretch_of(second)), ""
    try:
        difference, smallest = paired_difference(
            first.truth, *answers, metric=metric, groups=first.groups, stretch=stretch
        )
    except NotApplicable as why:
        difference, smallest, reason = any_difference(first.truth, *answers, metric=metric), 1.0, str(why)
    right = [codes == first.truth for codes in answers]
    only_second, only_first = int(np.sum(right[0] & ~right[1])), int(np.sum(right[1] & ~right[0]))
    return Paired(
        metric=metric,
        difference=difference,
        detectable=smallest,
        reason=reason,
        both=int(np.sum(right[0] & right[1])),
        first=only_first,
        second=only_second,
        neither=int(np.sum(~right[0] & ~right[1])),
        chance=_chance(only_first, only_second) if first.groups is None else None,
    )


def compare_repeated(
    truth: np.ndarray, first: np.ndarray, second: np.ndarray, *, metric: str, together: np.ndarray | None = None
) -> CrossValidated:
    """Return how two models compare that were cross-validated over the same rows, several times, on the same folds.

    Rows are drawn anew with all that was answered for them; the interval is longer by what cross-fitting asks.

    Parameters
    ----------
    truth : class codes (rows,).
    first, second : the answers of each (repeats, rows).
    together : unit numbers (rows,) of rows that belong together and are drawn together; None where each is alone.
    """
    measure = METRICS[metric]

    def values(rows: np.ndarray) -> tuple[float, float]:
        of_each = [np.mean([measure(truth[rows], codes[rows]) for codes in one]) for one in (first, second)]
        return float(of_each[0]), float(of_each[1])

    draws = Resampling(truth, together, stratified=metric != "accuracy")
    sample = np.array([values(rows) for rows in draws])
    stretch = draws.stretch * cross_fitted_stretch(len(truth if together is None else np.unique(together)))
    own, other = values(np.arange(len(truth)))
    gaps = sample[:, 1] - sample[:, 0]
    return CrossValidated(
        metric=metric,
        difference=around(other - own, gaps, stretch=stretch),
        detectable=detectable(stretch * float(gaps.std(ddof=1))),
        reason="",
        first=around(own, sample[:, 0], stretch=stretch),
        second=around(other, sample[:, 1], stretch=stretch),
    )


def _chance(one: int, other: int) -> float:
    """Return the two-sided probability of a split at least as uneven, where both sides are equally likely."""
    return float(stats.binomtest(one, one + other).pvalue) if one + other else 1.0
