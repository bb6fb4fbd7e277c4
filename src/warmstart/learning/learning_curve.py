"""A learning curve through a few measured points, and what it says of more labels, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from warmstart.core.evidence import CurvePoint, Evidence
from warmstart.learning.clustered import too_few
from warmstart.learning.intervals import Interval, Resampling
from warmstart.learning.level import UPPER
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import stretch_of

DRAWS = 400
FEWEST_SIZES = 3
HORIZON = 4
LINE = 40
RATES = np.linspace(0.1, 1.0, 19)
"""From slower than any that was reported to 1, the rate where noise is all that is left to average out."""
LEAST = 1e-4


@dataclass(frozen=True)
class PowerLaws:
    """Learning curves error(n) = floor + scale · n^-rate, one a draw (Hestness et al., 2017; Viering & Loog, 2022).

    Parameters
    ----------
    rate, scale, floor : (draws,), none below zero.
    """

    rate: np.ndarray
    scale: np.ndarray
    floor: np.ndarray

    def error(self, labels: float) -> np.ndarray:
        """Return the error (0 to 1) of every curve at a number of labels, (draws,)."""
        return np.asarray(np.maximum(self.floor + self.scale * labels**-self.rate, LEAST))

    def labels(self, error: np.ndarray) -> np.ndarray:
        """Return the number of labels at which every curve comes down to its error (draws,); infinity where none."""
        above = np.asarray(error) - self.floor
        reached = (above > 0) & (self.scale > 0)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            found = np.exp(np.log(self.scale / np.where(reached, above, 1.0)) / self.rate)
        return np.where(reached, found, np.where(self.scale > 0, np.inf, np.where(above >= 0, 0.0, np.inf)))


def fit_power_laws(sizes: np.ndarray, errors: np.ndarray) -> PowerLaws:
    """Fit a curve to every row of errors by weighted least squares, larger sizes weighing more.

    Parameters
    ----------
    sizes : labels at every point, (points,).
    errors : (draws, points).
    """
    weights = sizes / sizes.sum()
    fits = [_at_rate(sizes, errors, weights, rate) for rate in RATES]
    misfits = np.stack([_misfit(sizes, errors, weights, fit) for fit in fits])
    best = misfits.argmin(axis=0)
    every = np.arange(len(errors))
    scale, floor = (np.stack([getattr(fit, name) for fit in fits])[best, every] for name in ("scale", "floor"))
    return PowerLaws(RATES[best], scale, floor)


def _at_rate(sizes: np.ndarray, errors: np.ndarray, weights: np.ndarray, rate: float) -> PowerLaws:
    """Return the best scale and floor, none below zero, where the rate is given."""
    falling = sizes**-rate
    mean, means = float(weights @ falling), errors @ weights
    scale = (errors * (falling - mean)) @ weights / float(weights @ (falling - mean) ** 2)
    floor = means - scale * mean
    through_zero = (errors * falling) @ weights / float(weights @ falling**2)
    scale = np.where(floor < 0, through_zero, np.maximum(scale, 0.0))
    floor = np.where(floor < 0, 0.0, means - scale * mean)
    return PowerLaws(np.full(len(errors), rate), scale, np.maximum(floor, 0.0))


def _misfit(sizes: np.ndarray, errors: np.ndarray, weights: np.ndarray, fit: PowerLaws) -> np.ndarray:
    fitted = fit.floor[:, None] + fit.scale[:, None] * sizes ** -fit.rate[:, None]
    return np.asarray((errors - fitted) ** 2 @ weights)


@dataclass(frozen=True)
class Forecast:
    """What the learning curve of a model says of more labels.

    The model's own error now is what was measured; the curve says by which factor it will change. The
    first of every array is of all test rows, the others are of draws of them.

    Parameters
    ----------
    labels : on how many the model was fitted.
    now : its error, (1 + draws,).
    shape : the curves, 1 + draws of them.
    stand_in : the cheaper model whose curve gives the shape; empty where it is the model's own.
    """

    labels: int
    now: np.ndarray
    shape: PowerLaws
    stand_in: str = ""

    @property
    def value(self) -> float:
        """The metric now."""
        return float(1 - self.now[0])

    def metric(self, labels: float) -> Interval:
        """Return the metric with that many labels."""
        return _interval(1 - self.now * self._factor(labels))

    def gain(self, labels: float, *, since: float | None = None) -> Interval:
        """Return what the metric gains from `since` (by default the labels there are) to that many labels."""
        before = self._factor(self.labels if since is None else since)
        return _interval(self.now * (before - self._factor(labels)))

    def needed(self, error: np.ndarray | float) -> Interval:
        """Return how many labels bring the error down to `error`; infinity where none do.

        Parameters
        ----------
        error : a number, or where it is measured on the same draws, (1 + draws,).
        """
        wanted = error / np.maximum(self.now, LEAST)
        found = self.shape.labels(wanted * self.shape.error(self.labels))
        return _interval(np.where(wanted >= 1.0, float(self.labels), np.maximum(found, self.labels)))

    def _factor(self, labels: float) -> np.ndarray:
        """Return the error at that many labels as a multiple of the error now."""
        return self.shape.error(labels) / self.shape.error(self.labels)


def forecast(evidence: Evidence, model: str) -> Forecast | None:
    """Return what a model's learning curve says, or None where it has points at fewer than three sizes.

    Uncertainty comes from drawing test rows anew, the same for every point, and from how much repeated
    draws of the training rows differ, whose variance is taken to fall as one over the labels.

    Raises
    ------
    NotApplicable : the test rows are of too few groups to see how groups differ.
    """
    points = [point for point in evidence.curve if point.model == model]
    place, sizes = _sizes(points)
    if len(np.unique(sizes)) < FEWEST_SIZES:
        return None
    errors = _drawn_errors(evidence, [point.codes for point in points])
    means = np.stack([errors[:, place == size].mean(axis=1) for size in range(len(sizes))], axis=1)
    noise = np.random.default_rng(0).normal(size=means.shape) * _training_noise(place, errors[0], sizes)
    noise[0] = 0.0
    return Forecast(
        labels=evidence.labels,
        now=errors_of(evidence, model),
        shape=fit_power_laws(sizes, np.clip(means + noise, LEAST, 1.0)),
        stand_in=points[0].stand_in,
    )


def drawn_curve(evidence: Evidence, model: str) -> dict[str, Any] | None:
    """Return a model's curve as plain values for a figure, or None where it has none, or no band.

    "points" are what was measured at every size (of the stand-in where there is one), "line" the
    fitted curve of the model itself with its 95 % band, up to HORIZON times the labels it has.
    """
    if evidence.groups is not None and too_few(evidence.groups, evidence.truth):
        return None
    found = forecast(evidence, model)
    if found is None:
        return None
    points = [point for point in evidence.curve if point.model == model]
    values = [METRICS[evidence.metric](evidence.truth, point.codes) for point in points]
    sizes = np.unique([*(point.labels for point in points), found.labels])
    grid = np.unique(np.round(np.geomspace(sizes[0], HORIZON * found.labels, LINE)))
    return {
        "labels": found.labels,
        "value": found.value,
        "stand_in": found.stand_in,
        "points": [{"labels": p.labels, "value": v} for p, v in zip(points, values, strict=True)],
        "line": [{"labels": int(labels), **found.metric(labels).to_json()} for labels in grid],
    }


def errors_of(evidence: Evidence, model: str) -> np.ndarray:
    """Return one minus the metric of a model on all test rows, and then on every draw of them, (1 + draws,)."""
    return np.asarray(_drawn_errors(evidence, [evidence.predictions[model].codes])[:, 0])


def _drawn_errors(evidence: Evidence, answers: Sequence[np.ndarray]) -> np.ndarray:
    """Return one minus the metric of every model on all test rows, and then on draws of them, (1 + draws, models).

    Draws are within classes, so that none of them lacks a class, and the same every time. Their errors are as much
    farther from those of all rows as few groups and a cross-fitted test ask for.

    Parameters
    ----------
    answers : codes (rows,) of every model.
    """
    metric, truth = METRICS[evidence.metric], evidence.truth
    draws = Resampling(truth, evidence.groups, stratified=True, draws=DRAWS)
    stretch = draws.stretch * stretch_of(evidence)
    found = np.array(
        [[1 - metric(truth[rows], codes[rows]) for codes in answers] for rows in chain([np.arange(len(truth))], draws)]
    )
    return np.clip(found[0] + stretch * (found - found[0]), 0.0, 1.0)


def _sizes(points: Sequence[CurvePoint]) -> tuple[np.ndarray, np.ndarray]:
    """Return which size each point repeats (points,), and the labels of every size, over its repeats (sizes,)."""
    labels = np.array([point.labels for point in points], dtype=np.float64)
    drawn = np.array([point.labels if point.share is None else point.share for point in points])
    _, place = np.unique(drawn, return_inverse=True)
    return place, np.bincount(place, labels) / np.bincount(place)


def _training_noise(place: np.ndarray, errors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the standard error of the mean over repeats at every size, from the spread within sizes."""
    groups = [errors[place == size] for size in range(len(sizes))]
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum(size * ((group - group.mean()) ** 2).sum() for size, group in zip(sizes, groups, strict=True))
    return np.sqrt(squares / max(freedom, 1) / (sizes * [len(group) for group in groups]))


def _interval(found: np.ndarray) -> Interval:
    """Return the first value with the 95 % interval of the others, of which some may be infinite."""
    low, high = np.quantile(found[1:], [1 - UPPER, UPPER], method="nearest")
    return Interval(float(found[0]), float(min(low, found[0])), float(max(high, found[0])))
