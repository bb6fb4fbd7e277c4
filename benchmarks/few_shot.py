"""Eight labelled reviews a class: `warmstart fit`, SetFit, and logistic regression on the same embeddings.

python benchmarks/few_shot.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import csv

from _data import AMAZON, CLASSES
from _few_shot import OURS, drawn, few_shot, learnt, ours
from _networks import minilm_folder
from _ours import TEXTS
from _rounds import SET, Reading, Side, Work, both
from _setfit import trained
from _tables import Bar, Comparison


def reviews() -> list[tuple[str, str]]:
    """Return the positive and the negative sentences of reviews with their labels."""
    with AMAZON.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["label"]) for row in csv.DictReader(stream) if row["label"] in CLASSES]


def embedded(work: Work) -> Reading:
    """Embeddings of sentence-transformers under scikit-learn's logistic regression."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    model, given = SentenceTransformer(minilm_folder()), drawn(reviews(), work)
    head = LogisticRegression(max_iter=1000).fit(model.encode(given.cells), given.labels)
    seconds = work.elapsed()
    return learnt(work, given, seconds, head.predict(model.encode(given.tested)))


def setfit(work: Work) -> Reading:
    """SetFit on all pairs of the examples."""
    given = drawn(reviews(), work)
    learner = trained(work, given.cells, given.labels)
    seconds = work.elapsed()
    return {**learnt(work, given, seconds, learner.predict(given.tested)), "training": learner.training}


def untrained(work: Work) -> Reading:
    """Our side without what trains."""
    return ours(work, reviews(), column="text", options=("--strategy", "probe,prototypes"))


UNTRAINED = OURS + ", nothing trained"
SETFIT = "SetFit"
TENTH = Bar("≤", 0.1)
TRAINING = "the training alone (ours of what was chosen, with the source's pass over the rows)"

BENCHMARK = few_shot(
    __file__,
    "Positive against negative sentences of Amazon reviews, eight labels a class",
    reviews,
    source=TEXTS,
    column="text",
    peers=(
        Side(UNTRAINED, untrained),
        *both(SETFIT, setfit),
        *both("sentence-transformers + logistic regression", embedded),
    ),
    comparisons=(
        Comparison("learning", OURS, SETFIT, TENTH),
        Comparison("learning", OURS, SETFIT + SET, TENTH),
        Comparison("learning", UNTRAINED, SETFIT + SET, TENTH),
        Comparison(TRAINING, OURS, SETFIT, TENTH, "training"),
        Comparison(TRAINING, OURS, SETFIT + SET, TENTH, "training"),
        Comparison(TRAINING, UNTRAINED, SETFIT + SET, TENTH, "training"),
    ),
    rows=8 * len(CLASSES),
)

if __name__ == "__main__":
    BENCHMARK.main()
