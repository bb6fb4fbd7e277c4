"""Do the 95 % intervals cover the truth in 95 % of the tests, held-out and cross-fitted?

    python benchmarks/coverage.py [DRAWS]

Rows are drawn anew from pools so large that the truth about any model is known from them. Every draw
fits a candidate on what a source would see of a row, a control on what borrows nothing, and asks
whether the intervals of warmstart hold the metric and the gain that these very models have in the
pool: accuracy, or balanced accuracy where there are six classes, some of them rare. Held-out: fitted
on 600 other rows. Cross-fitted: every row is tested by the model of its fold, and the truth is the
mean of the five models; `delivered` is the model refitted on all rows, which is what is shipped.
Prints a Markdown table: the share of the draws whose interval holds the truth.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warmstart.learning.hit_rates import hit_rate, strata_of
from warmstart.learning.intervals import Interval, cross_fitted_stretch
from warmstart.learning.metrics import METRICS
from warmstart.learning.transfer_gain import paired_difference

DRAWS = 2000
SIZES = (60, 200, 600)
FITTED = 600
FOLDS = 5
POOL = 20_000
WIDTH = 16
PENALTY = 10.0
POOLS = {
    "gains much": ((0.5, 0.5), 1.1, 0.8, "accuracy"),
    "gains nothing": ((0.5, 0.5), 0.9, 0.9, "accuracy"),
    "four classes": ((0.25, 0.25, 0.25, 0.25), 1.3, 1.1, "accuracy"),
    "six classes, balanced": ((0.3, 0.2, 0.2, 0.1, 0.1, 0.1), 1.4, 1.2, "balanced_accuracy"),
}
"""By name: the classes' shares, how far apart they lie in what the source and the control see, and the metric."""
COLUMNS = ("metric, held-out", "gain, held-out", "metric, cross-fitted", "gain, cross-fitted",
           "metric of the delivered", "gain of the delivered")  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """Rows to draw from: both models' features (rows, width + 1), class codes (rows,), and the metric that judges."""

    source: np.ndarray
    control: np.ndarray
    codes: np.ndarray
    metric: str


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    start = time.perf_counter()
    print(f"Share of {draws:,} draws whose 95 % interval holds the truth, in %.\n")
    print(f"| pool | test rows | {' | '.join(COLUMNS)} |\n|---|---|{'---|' * len(COLUMNS)}", flush=True)
    everything: dict[int, list[dict[str, float]]] = defaultdict(list)
    for place, (name, shape) in enumerate(POOLS.items()):
        rng = np.random.default_rng(place)
        pool = made(rng, *shape)
        for rows in SIZES:
            found = covered(pool, rows, draws, rng)
            everything[rows].append(found)
            print(_line(name, rows, found), flush=True)
    for rows, found in everything.items():
        print(_line("**all**", rows, {column: float(np.mean([one[column] for one in found])) for column in COLUMNS}))
    error = 100 * (0.95 * 0.05 / draws) ** 0.5
    print(f"\nOne standard error of a share of one pool is {error:.1f} points. {time.perf_counter() - start:.0f} s.")


def _line(name: str, rows: int, found: dict[str, float]) -> str:
    return f"| {name} | {rows} | " + " | ".join(f"{100 * found[column]:.1f}" for column in COLUMNS) + " |"


def made(rng: np.random.Generator, shares: tuple[float, ...], seen: float, plain: float, metric: str) -> Pool:
    """Return a pool whose classes are clouds, nearer to each other in what the control sees."""
    codes = rng.choice(len(shares), size=POOL, p=shares)
    views = []
    for apart in (seen, plain):
        centres = apart * rng.normal(size=(len(shares), WIDTH)) / np.sqrt(WIDTH / 6)
        rows = centres[codes] + rng.standard_t(5, size=(POOL, WIDTH))
        views.append(np.hstack([rows, np.ones((POOL, 1))]))
    return Pool(*(view.astype(np.float32) for view in views), codes, metric)


def covered(pool: Pool, rows: int, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of draws whose intervals hold the truth, by column."""
    hits = dict.fromkeys(COLUMNS, 0)
    for _ in range(draws):
        for column, (interval, truth) in zip(COLUMNS, _draw(pool, rows, rng), strict=True):
            hits[column] += interval.low <= truth <= interval.high
    return {column: count / draws for column, count in hits.items()}


def _draw(pool: Pool, rows: int, rng: np.random.Generator) -> Iterator[tuple[Interval, float]]:
    """Yield the interval and the truth, a pair a column."""
    picked = rng.choice(POOL, size=rows + FITTED, replace=False)
    tested, fitted = picked[:rows], picked[rows:]
    answers = [_answers(view, pool.codes, fitted) for view in (pool.source, pool.control)]
    yield from _judged(pool.codes[tested], [one[tested] for one in answers], [answers], pool)
    folds = np.arange(rows) % FOLDS
    crossed = [np.zeros(rows, dtype=np.int64) for _ in answers]
    models = []
    for fold in range(FOLDS):
        inner = tested[folds != fold]
        models.append([_answers(view, pool.codes, inner) for view in (pool.source, pool.control)])
        for codes, one in zip(crossed, models[-1], strict=True):
            codes[folds == fold] = one[tested[folds == fold]]
    stretch = cross_fitted_stretch(rows)
    yield from _judged(pool.codes[tested], crossed, models, pool, stretch)
    delivered = [_answers(view, pool.codes, tested) for view in (pool.source, pool.control)]
    yield from _judged(pool.codes[tested], crossed, [delivered], pool, stretch)


def _judged(
    truth: np.ndarray, answered: list[np.ndarray], models: list[list[np.ndarray]], pool: Pool, stretch: float = 1.0
) -> Iterator[tuple[Interval, float]]:
    """Yield interval and truth of the candidate's metric, and of its gain over the control.

    Parameters
    ----------
    answered : codes of candidate and control on the test rows.
    models : codes of candidate and control on the whole pool, a pair a model.
    """
    measure = METRICS[pool.metric]
    candidate, control = np.mean([[measure(pool.codes, codes) for codes in pair] for pair in models], axis=0)
    yield hit_rate(answered[0] == truth, strata_of(pool.metric, truth), stretch=stretch), candidate
    yield paired_difference(truth, *answered, metric=pool.metric, stretch=stretch)[0], candidate - control


def _answers(view: np.ndarray, codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the codes (pool,) that ridge regression on the classes gives, fitted on some rows."""
    features, targets = view[rows], np.eye(codes.max() + 1)[codes[rows]]
    weights = np.linalg.solve(
        features.T @ features + PENALTY * np.eye(features.shape[1], dtype=np.float32), features.T @ targets
    )
    return np.argmax(view @ weights, axis=1)


if __name__ == "__main__":
    main()
