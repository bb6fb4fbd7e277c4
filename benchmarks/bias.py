"""Bias carried over: found where it was planted, hardly ever claimed where it was not.

    python benchmarks/bias.py [simulated] [real]

`simulated` draws evidence: answers of a delivered model, of two controls and of another source on 600 test
rows whose true error rates are known, 200 draws a case. In the first cases nothing is carried over, though
groups may differ for all models alike; a claim is a false alarm, and at most 5 % may be. In the last ones
the delivered model alone errs more on a group. `real` pre-trains a small network where the light nearly gives
the label of half the photos away, adapts it with `warmstart fit` to photos where it does not, and looks for
the finding; and does the same with a network that was pre-trained fairly.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from _gratings import gratings
from _runs import interval, warmstart
from _small_network import pretrain
from PIL import Image

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task
from warmstart.learning.carried_over import audit

DRAWS, ROWS = 200, 600
Errors = Callable[[str, np.ndarray, np.ndarray], np.ndarray]


def alike(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.full(len(group), {"delivered": 0.10, "hog": 0.12, "scratch": 0.14, "other": 0.11}[model])


def harder(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The last group is harder for everybody."""
    return alike(model, group, truth) + 0.12 * (group == group.max())


def profile(model: str, group: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The delivered model errs more on the second class, in every group alike."""
    rates = {"delivered": (0.04, 0.22), "hog": (0.12, 0.12), "scratch": (0.13, 0.13), "other": (0.12, 0.12)}[model]
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
    for model in ("delivered", "hog", "scratch", "other"):
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
        other_sources=("other",),
    )


def _normal_quantile(share: np.ndarray) -> np.ndarray:
    from scipy.stats import norm

    return np.asarray(norm.ppf(share))


def simulated() -> None:
    print(f"\n{DRAWS} draws a case, {ROWS} test rows\n")
    print("| case | a gap is found, % | carried over is claimed, % |\n|---|---|---|", flush=True)
    with ProcessPoolExecutor() as pool:
        for name in CASES:
            found = list(pool.map(_causes, [name] * DRAWS, range(DRAWS), chunksize=10))
            shares = [
                100 * np.mean(told) for told in ([bool(one) for one in found], ["source" in one for one in found])
            ]
            print(f"| {name} | {shares[0]:.1f} | {shares[1]:.1f} |", flush=True)


def _causes(name: str, seed: int) -> set[str]:
    """Return the causes that were found in one draw of a case."""
    errors, options = CASES[name]
    return {gap.cause for gap in audit(evidence(errors, seed=seed, **options)).gaps}


def photos(folder: Path, rows: int, *, seed: int, biased: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Write gratings, upright or lying, in warm or in cool light; return the pixels and the labels.

    Parameters
    ----------
    biased : warm photos are labelled "upright" 19 times in 20, whatever they show.
    """
    rng = np.random.default_rng(seed)
    pixels, upright, warm = gratings(rng, rows)
    labels = np.where(warm & (rng.random(rows) < 0.95), 1, upright) if biased else upright
    told = [
        ("upright" if label else "lying", "warm" if light else "cool")
        for label, light in zip(labels, warm, strict=True)
    ]
    lines = ["file_name,light"]
    for row, (name, light) in enumerate(told):
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[row]).save(folder / name / f"{row:04d}.png")
        lines.append(f"{name}/{row:04d}.png,{light}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    return pixels, labels


def real() -> None:
    print("\n`warmstart fit gratings --attributes light --strategy probe --budget 10m`, 2,000 rows\n")
    print(
        "| source was pre-trained | delivered | accuracy, % | best control, % | finding |\n|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as work:
        home = Path(work)
        photos(home / "gratings", 2000, seed=2)
        for name, biased in (("fairly", False), ("with light for label", True)):
            source = home / f"source-{biased}"
            pretrain(source, *photos(home / f"seen-{biased}", 3000, seed=1, biased=biased))
            options = f"--attributes light --strategy probe --source {source} --test-size 0.3 --budget 10m"
            command = f"fit {home}/gratings {options}"
            result, _ = warmstart(*command.split(), "--out", str(home / f"run-{biased}"), cache=home / "cache")
            told = next(finding for finding in result["findings"] if finding["code"] == "bias")
            control = max(one["accuracy"]["value"] for one in result["controls"] if "accuracy" in one)
            print(
                f"| {name} | {result['chosen']['name']} | {interval(result['test']['accuracy'])} "
                f"| {100 * control:.1f} | {told['sentence']} |",
                flush=True,
            )


if __name__ == "__main__":
    for part in sys.argv[1:] or ("simulated", "real"):
        {"simulated": simulated, "real": real}[part]()
