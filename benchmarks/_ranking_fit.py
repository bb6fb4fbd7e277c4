"""Fit the combination's weights, leaving one dataset out or on all, and judge every way to rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import weightedtau
from sklearn.linear_model import Ridge

from warmstart.scores._combination import lead_of_best

PENALTY = 1.0
WIDTH = 1.96


@dataclass(frozen=True)
class Cell:
    """One source at one cut on one dataset under one split: scores, the combination's inputs, and the truth."""

    dataset: str
    split: int
    source: str
    cut: str
    scores: dict[str, float]
    inputs: dict[str, float]
    truth: float
    tested: int

    @property
    def target(self) -> float:
        """The log odds of the true accuracy, which cannot be told from 0 or 1 by less than half a row."""
        edge = 0.5 / self.tested
        return float(logit(np.clip(self.truth, edge, 1 - edge)))


@dataclass(frozen=True)
class Judged:
    """How well one way to rank does: means over datasets, with standard errors.

    Parameters
    ----------
    tau : weighted Kendall rank correlation of its values with the truth.
    regret : accuracy of the best cell minus that of the one it puts first, in points.
    """

    name: str
    tau: tuple[float, float]
    regret: tuple[float, float]


def groups(cells: Sequence[Cell]) -> list[np.ndarray]:
    """Return the places of the cells that are ranked among themselves: one dataset under one split."""
    keys = np.array([f"{cell.dataset} {cell.split}" for cell in cells])
    return [np.flatnonzero(keys == key) for key in dict.fromkeys(keys.tolist())]


def weights(cells: Sequence[Cell]) -> dict[str, float]:
    """Return the weights by name, and the "constant", of a ridge regression on standardised inputs."""
    names = sorted(cells[0].inputs)
    values = np.array([[cell.inputs[name] for name in names] for cell in cells])
    scale = values.std(axis=0) + 1e-9
    model = Ridge(alpha=PENALTY).fit(values / scale, [cell.target for cell in cells])
    found = {name: float(weight) for name, weight in zip(names, model.coef_ / scale, strict=True)}
    return {"constant": float(model.intercept_), **found}


def predicted(found: dict[str, float], cells: Sequence[Cell]) -> np.ndarray:
    """Return the log odds that weights promise for some cells."""
    constant = found["constant"]
    return np.array([constant + sum(found[name] * value for name, value in cell.inputs.items()) for cell in cells])


def left_out(cells: Sequence[Cell]) -> np.ndarray:
    """Return the log odds of every cell by weights that never saw its dataset."""
    names = np.array([cell.dataset for cell in cells])
    promised = np.zeros(len(cells))
    for name in np.unique(names):
        held = names == name
        found = weights([cell for cell, out in zip(cells, held, strict=True) if not out])
        promised[held] = predicted(found, [cell for cell, out in zip(cells, held, strict=True) if out])
    return promised


def spread(cells: Sequence[Cell], promised: np.ndarray) -> dict[str, float]:
    """Return the standard deviations of the log odds: of datasets, of sources within one, of cuts within a source.

    Of each group only the better half by promise counts: those are what is chosen among.
    """
    found: dict[str, list[float]] = {"dataset": [], "source": [], "cut": []}
    for group in groups(cells):
        kept = group[promised[group] >= np.median(promised[group])]
        wrong = np.array([cells[place].target for place in kept]) - promised[kept]
        names = np.array([cells[place].source for place in kept])
        means = {name: wrong[names == name].mean() for name in np.unique(names)}
        found["dataset"].append(wrong.mean())
        found["source"] += [mean - wrong.mean() for mean in means.values()]
        found["cut"] += [float(one - means[name]) for one, name in zip(wrong, names, strict=True)]
    return {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in found.items()}


def regret_share(cells: Sequence[Cell], promised: np.ndarray, found: dict[str, float]) -> float:
    """Return what taking the first cost in truth, as a share of what the combination makes of its spread."""
    costs, leads = [], []
    for group in groups(cells):
        order = group[np.argsort(-promised[group], kind="stable")]
        truth = np.array([cells[place].truth for place in order])
        costs.append(truth.max() - truth[0])
        leads.append(lead_of_best(promised[order], [cells[place].source for place in order], found))
    return float(np.mean(costs) / np.mean(leads))


def covered(cells: Sequence[Cell], promised: np.ndarray, found: dict[str, float]) -> float:
    """Return the share of truths within the 95 % interval, among the better half by promise."""
    half = WIDTH * np.sqrt(sum(found[name] ** 2 for name in ("dataset", "source", "cut")))
    hits = []
    for group in groups(cells):
        kept = group[promised[group] >= np.median(promised[group])]
        hits += [abs(cells[place].target - promised[place]) <= half for place in kept]
    return float(np.mean(hits))


def judge(name: str, cells: Sequence[Cell], every: Sequence[float | None]) -> Judged:
    """Judge one way to rank.

    Parameters
    ----------
    every : what it says of every cell, None where it does not apply; ties at the top are broken by chance.
    """
    taus: dict[str, list[float]] = {}
    regrets: dict[str, list[float]] = {}
    for group in groups(cells):
        there = [place for place in group if every[place] is not None]
        truth = np.array([cells[place].truth for place in there])
        values = np.array([every[place] for place in there])
        tau = float(weightedtau(values, truth).statistic) if np.ptp(values) > 0 and np.ptp(truth) > 0 else 0.0
        best = max(cells[place].truth for place in group)
        dataset = cells[group[0]].dataset
        taus.setdefault(dataset, []).append(tau)
        regrets.setdefault(dataset, []).append(100 * float(best - truth[values == values.max()].mean()))
    return Judged(name, _mean(list(taus.values())), _mean(list(regrets.values())))


def by_chance(cells: Sequence[Cell]) -> Judged:
    """Judge picking any cell."""
    regrets: dict[str, list[float]] = {}
    for group in groups(cells):
        truth = np.array([cells[place].truth for place in group])
        regrets.setdefault(cells[group[0]].dataset, []).append(100 * float(truth.max() - truth.mean()))
    return Judged("any at random", (0.0, 0.0), _mean(list(regrets.values())))


def _mean(by_dataset: list[list[float]]) -> tuple[float, float]:
    """Return mean and standard error over datasets, of the means over their splits."""
    means = np.array([np.mean(values) for values in by_dataset])
    return float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
