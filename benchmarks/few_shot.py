"""Eight labelled reviews a class: `warmstart fit`, SetFit, and logistic regression on the same embeddings.

python benchmarks/few_shot.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _data import AMAZON, CLASSES
from _few_shot import TESTED, accuracies, drawn, learnt, ours
from _networks import minilm_folder
from _ours import TEXTS, prepared
from _rounds import Reading, Readings, Side, Work, both
from _tables import Bar, Comparison

from warmstart.errors import NotApplicable


def reviews() -> list[tuple[str, str]]:
    """Return the positive and the negative sentences of reviews with their labels."""
    with AMAZON.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["label"]) for row in csv.DictReader(stream) if row["label"] in CLASSES]


def prepare(work: Work) -> None:
    """Export the source's graph."""
    prepared(work.folder, TEXTS)


def fit(work: Work) -> Reading:
    """Our side."""
    return ours(work, reviews(), column="text")


def embedded(work: Work) -> Reading:
    """Embeddings of sentence-transformers under scikit-learn's logistic regression."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    model, given = SentenceTransformer(minilm_folder()), drawn(reviews(), work)
    head = LogisticRegression(max_iter=1000).fit(model.encode(given.cells), given.labels)
    seconds = work.elapsed()
    return learnt(work, given, seconds, head.predict(model.encode(given.tested)))


def setfit(work: Work) -> Reading:
    """SetFit as its documentation shows it: one epoch over all pairs of the examples.

    Raises
    ------
    NotApplicable : it is not installed, or does not import beside the installed transformers.
    """
    try:
        from setfit import SetFitModel, Trainer, TrainingArguments
    except ImportError as error:
        raise NotApplicable(f"setfit does not import here: {error}") from None
    from datasets import Dataset

    given = drawn(reviews(), work)
    rows = Dataset.from_dict({"text": given.cells, "label": [CLASSES.index(label) for label in given.labels]})
    model = SetFitModel.from_pretrained(minilm_folder())
    with tempfile.TemporaryDirectory(dir=work.folder) as out:
        Trainer(model=model, args=TrainingArguments(out, seed=work.round), train_dataset=rows).train()
    seconds = work.elapsed()
    return learnt(work, given, seconds, np.array(CLASSES)[np.asarray(model.predict(given.tested))])


OURS = "warmstart fit"
SETFIT = "SetFit"


def more(readings: Readings) -> str:
    """Return the accuracies of all."""
    return accuracies(readings, OURS)


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Positive against negative sentences of Amazon reviews, eight labels a class, drawn anew every round and "
    f"tested on {TESTED:,} others; the time is from the first import until it has learnt, ours that of the command, "
    "with controls, outer folds and the bundle, the source's graph exported before. The bars: at least SetFit's mean "
    "accuracy, in a tenth of its time.",
    prepare=prepare,
    sides=(Side(OURS, fit), *both(SETFIT, setfit), *both("sentence-transformers + logistic regression", embedded)),
    comparisons=(
        Comparison("learning", OURS, SETFIT, Bar("≤", 0.1)),
        Comparison("learning", OURS, SETFIT + ", allocator set", Bar("≤", 0.1)),
    ),
    rows=8 * len(CLASSES),
    repeats=10,
    more=more,
)

if __name__ == "__main__":
    BENCHMARK.main()
