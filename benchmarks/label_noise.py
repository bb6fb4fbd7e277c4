"""Plant label errors in the solar cells, and see how many of them are among the first that are suggested.

    python benchmarks/label_noise.py [draws]

Five of a hundred labels are flipped at random. The probe's out-of-fold probabilities, as `fit` measures
them, order all rows; a planted error counts as found among the first tenth of them.
"""

from __future__ import annotations

import sys

import numpy as np
from _features import Seen, seen, tables

from warmstart.flow.label_check import FOLDS
from warmstart.learning.confident import doubt_labels
from warmstart.learning.linear import PENALTIES, cross_validated_proba, fit_logistic

PLANTED = 0.05
LOOKED_AT = 0.10


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    looked = seen(*tables()["solar cells"])
    print("| draw | planted | found in the first tenth | confidently suggested | of these planted |")
    print("|---|---|---|---|---|", flush=True)
    shares = [_one(looked, draw) for draw in range(draws)]
    print(f"\nmean {100 * np.mean(shares):.1f} % of the planted errors are among the first tenth")


def _one(looked: Seen, draw: int) -> float:
    """Plant errors, order the rows, and return the share of the errors that is found."""
    rng = np.random.default_rng(draw)
    wrong = rng.random(len(looked.codes)) < PLANTED
    shift = rng.integers(1, looked.classes, len(looked.codes))
    codes = np.where(wrong, (looked.codes + shift) % looked.classes, looked.codes)
    folds = looked.rows.folds(np.arange(len(codes)), FOLDS, seed=draw)
    sample = np.arange(len(codes)) % 3 == 0
    _, penalty = fit_logistic(
        looked.features[sample], codes[sample], looked.classes, folds[sample], penalties=PENALTIES
    )
    proba = cross_validated_proba(looked.features, codes, looked.classes, folds, penalty=penalty)
    doubts = doubt_labels(codes, proba)
    first = doubts.order[: round(LOOKED_AT * len(codes))]
    found = float(wrong[first].sum() / wrong.sum())
    suspects = doubts.suspects
    print(
        f"| {draw} | {wrong.sum()} | {100 * found:.1f} % | {len(suspects)} | {wrong[suspects].sum()} |",
        flush=True,
    )
    return found


if __name__ == "__main__":
    main()
