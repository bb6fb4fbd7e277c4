"""How many strange inputs `predict` would flag, beside how many of the usual kind, on real data.

    python benchmarks/novelty.py

A quarter of the rows (whole groups) is kept out, as rows of the usual kind; the others are the training rows, whose
reference is made as `fit` makes it for a frozen source. Strange are: classes that were left out of training, photos of
another kind, texts of another kind, and random words. Beside the distance to the class means stands the relative one
(Ren et al., arXiv 2106.09022), which takes off the distance to the mean of all classes.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _data import AMAZON
from _features import Seen, seen, tables
from sklearn.metrics import roc_auc_score

from warmstart.core.feature_reference import FLAGGED, FeatureReference
from warmstart.flow.novelty import COMPARED
from warmstart.learning.feature_space import compared_with, feature_space, moved_by
from warmstart.readers._base import ReadOptions

KEPT_OUT = 0.25
STRANGE_TEXTS = 500
LEFT_OUT = ((0, 3), (1, 2), (4, 5), (6, 7))
"""Classes of the emoji, by their order."""


@dataclass(frozen=True)
class Case:
    """Rows of one kind with their classes and units, and the features of strange rows."""

    name: str
    features: np.ndarray
    codes: np.ndarray
    together: np.ndarray
    strange: np.ndarray


def main() -> None:
    print("| trained on, and then given | rows | flagged of its own kind | of the strange | AUROC | relative: AUROC |")
    print("|---|---|---|---|---|---|", flush=True)
    for case in cases():
        print(_row(case), flush=True)


def cases() -> Iterator[Case]:
    known = tables()
    emoji, cells = seen(*known["emoji google"]), seen(*known["solar cells"])
    for left in LEFT_OUT:
        out = np.isin(emoji.codes, left)
        rows, name = emoji.embedding, f"emoji, but for classes {left}"
        yield Case(name, rows[~out], emoji.codes[~out], emoji.rows.together[~out], rows[out])
    yield _case("emoji, photos of solar cells", emoji, cells)
    yield _case("solar cells, emoji", cells, emoji)
    texts = {name: seen(*known[name]) for name in ("amazon", "movies", "tweets")}
    yield _case("amazon, movies", texts["amazon"], texts["movies"])
    yield _case("amazon, tweets", texts["amazon"], texts["tweets"])
    yield _case("amazon, its words at random", texts["amazon"], seen_at_random())


def _row(case: Case) -> str:
    """Return a line of the table."""
    rng = np.random.default_rng(0)
    units = np.unique(case.together)
    own = np.isin(case.together, units[rng.random(len(units)) < KEPT_OUT])
    known, total = _references(case, ~own, rng)
    flagged = [float(np.mean(known.p_values(rows) <= FLAGGED)) for rows in (case.features[own], case.strange)]
    plain = _auroc(known.distance, case, own)
    relative = _auroc(lambda rows: known.distance(rows) ** 2 - total.distance(rows) ** 2, case, own)
    shares = " | ".join(f"{100 * share:.1f} %" for share in flagged)
    return f"| {case.name} | {len(case.strange)} | {shares} | {plain:.3f} | {relative:.3f} |"


def _references(case: Case, fitted: np.ndarray, rng: np.random.Generator) -> tuple[FeatureReference, FeatureReference]:
    """Return the reference of the training rows, and their space when all are of one class."""
    units = np.unique(case.together[fitted])
    compared = fitted & np.isin(case.together, units[rng.random(len(units)) < COMPARED])
    features, codes = case.features[fitted & ~compared], case.codes[fitted & ~compared]
    space = feature_space(features, codes)
    columns = space.columns(case.features[compared])
    known = compared_with(space, space.distance_of_columns(columns))
    return moved_by(known, codes, columns, case.codes[compared]), feature_space(features, np.zeros_like(codes))


def _auroc(distance: Callable[[np.ndarray], np.ndarray], case: Case, own: np.ndarray) -> float:
    found = np.concatenate([distance(case.features[own]), distance(case.strange)])
    return float(roc_auc_score(np.arange(len(found)) >= own.sum(), found))


def _case(name: str, usual: Seen, strange: Seen) -> Case:
    return Case(name, usual.embedding, usual.codes, usual.rows.together, strange.embedding)


def seen_at_random() -> Seen:
    """Return what the source sees in texts of the reviews' lengths, their words drawn at random from all reviews."""
    with AMAZON.open(encoding="utf-8", newline="") as stream:
        reviews = [row["text"].split() for row in csv.DictReader(stream)]
    rng = np.random.default_rng(0)
    words = sorted({word for review in reviews for word in review})
    lengths = rng.choice([len(review) for review in reviews], STRANGE_TEXTS)
    drawn = [" ".join(rng.choice(words, length)) for length in lengths]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("text", "label"), *((text, row % 2) for row, text in enumerate(drawn))])
        return seen(path, ReadOptions(inputs=("text",), target="label"))


if __name__ == "__main__":
    main()
