"""Bias carried over: found where it was planted, hardly ever claimed where it was not.

    python benchmarks/bias.py [simulated] [real]

`simulated` draws evidence: answers of a delivered model and of two controls on 600 test rows whose true
error rates are known, 200 draws a case. In the first cases nothing is carried over, though groups may
differ for all models alike; a claim is a false alarm, and at most 5 % may be. In the last ones the
delivered model alone errs more on a group. `real` pre-trains a source on photos where the tint nearly
gives the label away, adapts it with `warmstart fit`, and looks for the finding; and does the same with a
source pre-trained on photos where it does not.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task
from warmstart.learning.carried_over import audit

DRAWS, ROWS = 200, 600
Errors = Callable[[str, np.ndarray, np.ndarray], np.ndarray]


def alike(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.full(len(group), {"delivered": 0.10, "hog": 0.12, "scratch": 0.14}[model])


def harder(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The last group is harder for everybody."""
    return alike(model, group, truth) + 0.12 * (group == group.max())


def profile(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The delivered model errs more on the second class, in every group alike."""
    rates = {"delivered": (0.04, 0.22), "hog": (0.12, 0.12), "scratch": (0.13, 0.13)}[model]
    return np.array(rates)[np.minimum(truth, 1)]


def weaker(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The controls are the delivered model blurred by guessing: their gaps are smaller for that alone."""
    own = 0.08 + 0.12 * (group == group.max())
    return own if model == "delivered" else own + 0.08 * (0.5 - own)


def carried(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The delivered model alone errs more on the last group."""
    return alike(model, group, truth) + (0.22 * (group == group.max()) if model == "delivered" else 0.0)


def label_from_group(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The delivered model leans to one class in each half of the groups: equal accuracy, unequal error rates."""
    leans = 0.16 * np.where((group % 2 == 0) == (truth == 0), -0.5, 1.0)
    return alike(model, group, truth) + (leans if model == "delivered" else 0.0)


CASES: dict[str, tuple[Errors, dict]] = {
    "no gap, 2 groups": (alike, {}),
    "no gap, 6 groups": (alike, {"groups": 6}),
    "no gap, 2 attributes": (alike, {"attributes": 2}),
    "harder for all, 2 groups": (harder, {}),
    "harder for all, 6 groups": (harder, {"groups": 6}),
    "harder for all, balanced accuracy": (harder, {"metric": "balanced_accuracy", "skew": 0.85}),
    "harder for all, rows in fives": (harder, {"together": 5}),
    "class shares differ": (profile, {"mixed": True}),
    "weaker controls": (weaker, {}),
    "CARRIED, 2 groups": (carried, {}),
    "CARRIED, 6 groups": (carried, {"groups": 6}),
    "CARRIED, balanced accuracy": (carried, {"metric": "balanced_accuracy", "skew": 0.85}),
    "CARRIED, equal accuracy": (label_from_group, {}),
}


def evidence(
    errors: Errors,
    *,
    seed: int,
    groups: int = 2,
    attributes: int = 1,
    metric: str = "accuracy",
    skew: float = 0.5,
    together: int = 1,
    mixed: bool = False,
) -> Evidence:
    """Return evidence of one draw.

    Parameters
    ----------
    skew : share of the first class. `mixed` makes it 20 % in one group and 80 % in the other.
    together : rows that share a group, a class, and most of their difficulty.
    """
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(ROWS // together), together)
    group = rng.integers(groups, size=units.max() + 1)[units]
    share = np.where(group == 0, 0.8, 0.2) if mixed else np.full(ROWS, skew)
    truth = (rng.random(units.max() + 1)[units] >= share).astype(np.int64)
    shared = rng.standard_normal(units.max() + 1)[units] if together > 1 else rng.standard_normal(ROWS)
    predictions = {}
    for model in ("delivered", "hog", "scratch"):
        own = rng.standard_normal(ROWS)
        difficulty = 0.7 * shared + np.sqrt(1 - 0.7**2) * own
        wrong = difficulty > _normal_quantile(1 - errors(model, group, truth))
        codes = np.where(wrong, 1 - truth, truth)
        sure = np.clip(0.5 + 0.42 * np.abs(rng.standard_normal(ROWS)), 0.5, 0.99)
        predictions[model] = Predictions(
            np.where(np.arange(2) == codes[:, None], sure[:, None], 1 - sure[:, None]), codes
        )
    columns = {"group": group.astype(str)} | {
        f"other {n}": rng.integers(3, size=ROWS).astype(str) for n in range(1, attributes)
    }
    return Evidence(
        task=Task(("a", "b"), "image"),
        metric=metric,
        evaluation="held-out",
        ids=tuple(map(str, range(ROWS))),
        truth=truth,
        chosen="delivered",
        candidate="candidate",
        control="control",
        predictions={**predictions, "candidate": predictions["delivered"], "control": predictions["hog"]},
        groups=units if together > 1 else None,
        attributes=columns,
    )


def _normal_quantile(share: np.ndarray) -> np.ndarray:
    from scipy.stats import norm

    return np.asarray(norm.ppf(share))


def simulated() -> None:
    print(f"\n{DRAWS} draws a case, {ROWS} test rows\n")
    print("| case | a gap is found, % | carried over is claimed, % | seconds a draw |\n|---|---|---|---|", flush=True)
    for name, (errors, options) in CASES.items():
        start, counted = time.perf_counter(), Counter[str]()
        for seed in range(DRAWS):
            causes = {gap.cause for gap in audit(evidence(errors, seed=seed, **options)).gaps}
            counted.update({"found": bool(causes), "claimed": "source" in causes})
        seconds = (time.perf_counter() - start) / DRAWS
        shares = [100 * counted[key] / DRAWS for key in ("found", "claimed")]
        print(f"| {name} | {shares[0]:.1f} | {shares[1]:.1f} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    simulated()
