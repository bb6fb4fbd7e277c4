"""Where a gap between groups comes from: the source, the data, or it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.learning.group_gaps import DRAWS, LEVEL, Judged, Measured, excess, holm, judge, measured, shows
from warmstart.learning.groups import Group, Groups, groups_of
from warmstart.learning.intervals import Resampling, around
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import stretch_of

COMPARABLE = 0.05
"""A control may be this much below the model in the metric: a much weaker one has other gaps for that alone."""
GRAVEST = {"source": 0, "not compared": 1}
UNTOUCHED = "untouched"
"""This control is the source as it came, and shares its bias."""
Cause = Literal["source", "not compared", "data", "nothing borrowed", "unknown"]


@dataclass(frozen=True)
class Gap:
    """One gap that chance does not explain.

    Parameters
    ----------
    place, measure : of the group among the judged ones; of what differs among the measures of `Measured`.
    value, low, high : inside minus outside, with its 95 % interval; no numbers where the rows are of too few units.
    p : adjusted for the number of gaps.
    excess : the chance of exceeding every comparable model by as much, were there no difference; adjusted.
    others : the same gap of every comparable model, by name.
    worse_off : whether it is the group that fares worse, and not the rest.
    """

    place: int
    group: Group
    measure: int
    value: float
    low: float
    high: float
    p: float
    z: float
    excess: float
    others: Mapping[str, float]
    cause: Cause
    worse_off: bool


@dataclass(frozen=True)
class Audit:
    """The delivered model's groups, what it does in them, and the gaps that chance does not explain."""

    groups: Groups
    model: Measured
    judged: Judged
    gaps: tuple[Gap, ...]


def audit(evidence: Evidence) -> Audit:
    """Measure the delivered model and every control by group, and find out where gaps come from.

    A gap is carried over from the source where it exceeds that of every control and of every other source
    of comparable metric, corrected for the number of gaps. Without such a control it never is; without
    such a source it was not compared.
    """
    groups = groups_of(evidence.attributes)
    chosen = evidence.predictions[evidence.chosen]
    model = in_groups(evidence, groups, chosen)
    judged = judge(groups, evidence.truth, chosen, evidence.metric, units=evidence.groups)
    if not np.any(judged.p <= LEVEL):
        return Audit(groups, model, judged, ())
    metric = METRICS[evidence.metric]
    least = metric(evidence.truth, chosen.codes) - COMPARABLE
    answers = {name: evidence.predictions[name] for name in evidence.other_sources}
    controls, sources = (
        {
            name: in_groups(evidence, groups, answered)
            for name, answered in found.items()
            if metric(evidence.truth, answered.codes) >= least
        }
        for found in (_controls(evidence), answers)
    )
    return Audit(groups, model, judged, _Gaps(groups, model, judged, controls, sources, borrows(evidence)).all())


def in_groups(evidence: Evidence, groups: Groups, answered: Predictions) -> Measured:
    """Return what a model does in every judged group, on the same draws of rows for every model."""
    draws = Resampling(evidence.truth, evidence.groups, stratified=evidence.metric != "accuracy", draws=DRAWS)
    return measured(groups, evidence.truth, answered, evidence.metric, draws, stretch=stretch_of(evidence))


def borrows(evidence: Evidence) -> bool:
    """Return whether what is delivered answers otherwise than the best control, which it else is, or there is none."""
    if evidence.no_control:
        return True
    chosen, control = (evidence.predictions[name] for name in (evidence.chosen, evidence.control))
    return chosen is not control and not np.array_equal(chosen.proba, control.proba)


def _controls(evidence: Evidence) -> dict[str, Predictions]:
    """Return the controls by name, the best one under its own name where it has one."""
    aside = {evidence.chosen, evidence.candidate, UNTOUCHED, *evidence.other_sources}
    found = {name: answered for name, answered in evidence.predictions.items() if name not in aside}
    best = evidence.predictions[evidence.control].proba
    if any(name != evidence.control and np.array_equal(answered.proba, best) for name, answered in found.items()):
        found.pop(evidence.control, None)
    return found


@dataclass(frozen=True)
class _Gaps:
    """What the causes of all gaps are found from: comparable controls and other sources, by name."""

    groups: Groups
    model: Measured
    judged: Judged
    controls: Mapping[str, Measured]
    sources: Mapping[str, Measured]
    borrows: bool

    def all(self) -> tuple[Gap, ...]:
        """Return the gaps beyond chance with their causes, those from the source first, then the clearest."""
        places = [(int(row), int(measure)) for row, measure in np.argwhere(self.judged.p <= LEVEL)]
        excesses = holm(np.array([self._exceeds(place) for place in places]))
        found = [self._gap(place, float(p)) for place, p in zip(places, excesses, strict=True)]
        return tuple(sorted(found, key=lambda gap: (GRAVEST.get(gap.cause, 2), -round(abs(gap.z), 6))))

    def _exceeds(self, place: tuple[int, int]) -> float:
        """Return the largest p-value over the others: a gap must exceed that of every one; 1 without a control."""
        if not self.controls:
            return 1.0
        return max(float(excess(self.model, other)[place]) for other in self._others().values())

    def _others(self) -> dict[str, Measured]:
        return {**self.controls, **self.sources}

    def _gap(self, place: tuple[int, int], exceeds: float) -> Gap:
        stretch = float(self.model.gap_stretch[place[0]])
        ends = around(float(self.model.gap[place]), self.model.gap_draws[:, *place], stretch=stretch)
        overconfident = place[1] == self.model.gap.shape[1] - 1
        return Gap(
            place=place[0],
            group=self.groups.judged[place[0]],
            measure=place[1],
            value=ends.value,
            low=ends.low,
            high=ends.high,
            p=float(self.judged.p[place]),
            z=float(self.judged.z[place]),
            excess=exceeds,
            others={name: float(other.gap[place]) for name, other in self._others().items()},
            cause=self._cause(place, exceeds),
            worse_off=(ends.value > 0) == overconfident,
        )

    def _cause(self, place: tuple[int, int], exceeds: float) -> Cause:
        if not self.borrows:
            return "nothing borrowed"
        if exceeds <= LEVEL:
            return "source" if self.sources else "not compared"
        clearest = min((float(shows(other, self.model.gap)[place]) for other in self.controls.values()), default=1.0)
        # The clearest of several controls shows it by chance that many times as often (Bonferroni).
        return "data" if clearest * max(1, len(self.controls)) <= LEVEL else "unknown"
