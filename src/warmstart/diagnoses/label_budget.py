"""Label budget: what more labels would bring, from the learning curve of what is delivered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core import wording
from warmstart.core.evidence import CurvePoint, Evidence
from warmstart.core.finding import Finding, Severity
from warmstart.diagnoses._base import WHEN_FITTED, Diagnosis
from warmstart.diagnoses._made_up import answers_of, made_up
from warmstart.errors import NotApplicable
from warmstart.learning.intervals import Interval
from warmstart.learning.learning_curve import HORIZON, Forecast, forecast

NO_CURVE = "what is delivered has no learning curve: it cannot be fitted again quickly, or the budget was spent."
LITTLE = 0.005
MUCH = 0.03
WORTH_IT = 0.01
TARGETS = (0.01, 0.005)
SAME_TEST = " with --split-from this run"
REMEDIES = {
    "warning": "Label more rows before anything else is tried: at this point they bring more than other models would.",
    "note": "Label about as many more as the sentence says, and fit again{same_test}.",
    "uncertain": "Label more test rows, so that the points of the curve are surer, and fit again.",
}


class LabelBudget(Diagnosis):
    """How the metric grows with labels, followed to four times as many as there are."""

    name = "label_budget"
    summary = "how many more labels would bring how much, and where they stop to pay"

    def diagnose(self, evidence: Evidence) -> list[Finding]:
        """Return the sentence that people ask for, or that the curve is too uncertain for one."""
        curve = forecast(evidence, evidence.chosen)
        if curve is None:
            raise NotApplicable(NO_CURVE if evidence.of_a_fit else WHEN_FITTED)
        farthest = HORIZON * curve.labels
        gain = curve.gain(farthest)
        numbers = _numbers(curve, gain)
        after = f" {_measured_with(curve)}" if curve.stand_in else ""
        if gain.low < LITTLE and gain.high > MUCH:
            return [Finding(self.name, "note", _uncertain(curve, gain) + after, numbers, REMEDIES["uncertain"])]
        if gain.value < WORTH_IT:
            return [Finding(self.name, "passed", _flat(curve, gain) + after, numbers)]
        goal = _goal(curve)
        severity: Severity = "warning" if curve.gain(2 * curve.labels).low >= WORTH_IT else "note"
        numbers |= {"target": goal.target, "more": goal.more, "more_low": goal.low, "more_high": goal.high}
        sentence = f"{_asked_for(goal)}; {_beyond(curve, evidence.metric)}.{after}"
        # What was tested by outer folds has no test part that another run could use again.
        remedy = REMEDIES[severity].format(same_test=SAME_TEST if evidence.evaluation == "held-out" else "")
        return [Finding(self.name, severity, sentence, numbers, remedy)]

    @classmethod
    def example(cls) -> Any:
        """A curve that still rises steeply fires; one that has become flat stays silent."""
        return _curve((0.4, 0.31, 0.24, 0.18)), _curve((0.1, 0.1, 0.1, 0.1))


@dataclass(frozen=True)
class Goal:
    """A value of the metric that further labels would bring, and how many; None is more than can be told."""

    target: float
    more: float
    low: float
    high: float | None


def _goal(curve: Forecast) -> Goal:
    """Return the next round percent that the curve reaches, and the labels it takes.

    The interval is of the labels that raise the metric by as much, whatever it is on a draw of test rows.
    """
    now, reached = curve.value, curve.metric(HORIZON * curve.labels).value
    rounded = (math.ceil(round((now + step / 2) / step, 6)) * step for step in TARGETS)
    target = round(next((value for value in rounded if value <= reached), reached), 3)
    needed = curve.needed(curve.now - (target - now))
    high = needed.high - curve.labels if needed.high <= HORIZON * curve.labels else None
    return Goal(target, _about(needed.value - curve.labels), _about(needed.low - curve.labels), high and _about(high))


def _asked_for(goal: Goal) -> str:
    ends = f"{goal.low:,.0f} to {goal.high:,.0f}" if goal.high is not None else f"at least {goal.low:,.0f}"
    return f"About {goal.more:,.0f} more labels ({ends}) would bring {100 * goal.target:.3g} %"


def _beyond(curve: Forecast, metric: str) -> str:
    """Say from where on doubling the labels brings less than half a point, or what the farthest brings."""
    for share in np.geomspace(1, HORIZON, 25):
        labels = share * curve.labels
        if curve.gain(2 * labels, since=labels).value < LITTLE:
            more = _about(labels - curve.labels)
            return f"beyond about {more:,.0f} more little is gained (doubling them brings less than half a point)"
    far = curve.metric(HORIZON * curve.labels)
    said = wording.percent_interval(far.to_json())
    return f"{HORIZON} times as many as now would bring {wording.metric_name(metric)} {said}, and more still"


def _flat(curve: Forecast, gain: Interval) -> str:
    return (
        f"More labels would bring little: {HORIZON} times as many ({HORIZON * curve.labels:,}), "
        f"{wording.points(gain.to_json())}."
    )


def _uncertain(curve: Forecast, gain: Interval) -> str:
    return (
        f"What more labels would bring is too uncertain to say: {HORIZON} times as many ({HORIZON * curve.labels:,}) "
        f"between {wording.signed(gain.low)} and {wording.signed(gain.high)} points."
    )


def _measured_with(curve: Forecast) -> str:
    return (
        f"The shape of the curve is that of the probe it started from ({curve.stand_in}), "
        "since training again at every share of the rows is too dear."
    )


def _numbers(curve: Forecast, gain: Interval) -> dict[str, Any]:
    far = curve.metric(HORIZON * curve.labels)
    return {
        "labels": curve.labels,
        "now": curve.value,
        "farthest_labels": HORIZON * curve.labels,
        "farthest": far.value,
        "farthest_low": far.low,
        "farthest_high": far.high,
        "gain": gain.value,
        "gain_low": gain.low,
        "gain_high": gain.high,
    }


def _about(labels: float) -> float:
    """Return a number of labels to two digits.

    >>> _about(1234.0)
    1200.0
    """
    return float(f"{max(labels, 0.0):.2g}")


def _curve(errors: tuple[float, ...]) -> Evidence:
    """Return evidence of 1,000 rows with a curve of these errors at 100 to 800 labels."""
    truth = np.arange(1000) % 2
    sizes = (100, 200, 400, 800)
    answers = [np.where(np.arange(1000) % 100 < 100 * error, 1 - truth, truth) for error in errors]
    return made_up(
        truth,
        {"probe": answers_of(answers[-1])},
        **dict.fromkeys(("chosen", "candidate", "control"), "probe"),
        curve=tuple(CurvePoint("probe", size, codes) for size, codes in zip(sizes, answers, strict=True)),
        labels=sizes[-1],
    )
