"""A whole experiment on reviews of products, against what one would use instead, on the same rows.

python benchmarks/whole_fit_texts.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import csv
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _benchmark import Benchmark
from _data import AMAZON, CLASSES
from _networks import minilm_folder
from _rounds import ALLOCATOR, SET, Reading, Side, Work, both
from _setfit import trained
from _tables import Bar, Comparison
from _whole_fit import TEST, TRAIN, accuracies, answered, ours, read_both, read_split, write_split

EPOCHS = 3
TIMED_SHARE = 0.1
SETFIT_ROWS = 32
OPTIONS = ("--target", "label", "--groups", "id~^[^_]+")


def prepare(work: Work) -> None:
    """Write the train and the test rows, sentences of one review on one side."""
    with AMAZON.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["label"] in CLASSES][: work.rows]
    write_split(work.folder, rows, [row["id"].split("_")[0] for row in rows])


def trainer(work: Work, *, share: float = 1.0) -> Reading:
    """Hugging Face Trainer with its defaults: all layers, 3 epochs, batches of 8.

    Parameters
    ----------
    share : of the steps that are taken; the training time is scaled to all, and the answers are not kept.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

    tokenizer = AutoTokenizer.from_pretrained(minilm_folder(), model_max_length=256)
    train, test = (_tokenized(work, name, tokenizer) for name in (TRAIN, TEST))
    model = AutoModelForSequenceClassification.from_pretrained(minilm_folder(), num_labels=len(CLASSES))
    steps = EPOCHS * -(-len(train) // TrainingArguments.per_device_train_batch_size)
    timed = {"max_steps": max(1, round(share * steps)), "save_strategy": "no"} if share < 1 else {}
    with tempfile.TemporaryDirectory(dir=work.folder) as out:
        arguments = TrainingArguments(out, num_train_epochs=EPOCHS, seed=work.round, **timed)
        learner = Trainer(model, arguments, train_dataset=train, processing_class=tokenizer)
        done = learner.train()
        answers = learner.predict(test)
    slower = done.metrics["train_runtime"] * (steps / done.global_step - 1)
    right = answers.predictions.argmax(1) == np.array(test["label"])
    return answered(work, right, share=share, slower=slower)


def _tokenized(work: Work, name: str, tokenizer: Any) -> Any:
    """Return the rows as the documentation of Trainer prepares them."""
    from datasets import Dataset

    cells, labels = read_split(work.folder, name, "text")
    rows = Dataset.from_dict({"text": cells, "label": [CLASSES.index(label) for label in labels]})
    return rows.map(lambda batch: tokenizer(batch["text"], truncation=True), batched=True)


def embedded(work: Work) -> Reading:
    """Embeddings of sentence-transformers under scikit-learn's logistic regression."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    model = SentenceTransformer(minilm_folder())
    (train, labels), (test, wanted) = read_both(work.folder, "text")
    head = LogisticRegression(max_iter=1000).fit(model.encode(train), labels)
    right = head.predict(model.encode(test)) == wanted
    return answered(work, right)


def counted(work: Work) -> Reading:
    """TF-IDF under scikit-learn's logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    (train, labels), (test, wanted) = read_both(work.folder, "text")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)).fit(train, labels)
    right = model.predict(test) == wanted
    return answered(work, right)


def setfit(work: Work) -> Reading:
    """SetFit on a few examples a class."""
    (train, labels), (test, wanted) = read_both(work.folder, "text")
    right = trained(work, train, labels, each=SETFIT_ROWS).predict(test) == wanted
    return answered(work, right)


PEER = "Trainer"
THIRD, EQUAL = "warmstart, a third of its time", "warmstart, its time"
fit = partial(ours, column="text", options=OPTIONS, peer=PEER + SET)
SETFIT = f"SetFit, {SETFIT_ROWS} a class"


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Positive against negative sentences of Amazon reviews, whole reviews on one side, a fifth tested; from "
    "the first import to the answers on the test rows, ours as a command. `warmstart fit` chooses, fits controls, "
    "races, measures and writes the bundle, from an empty cache. Peers train with their documented defaults: Trainer "
    f"{EPOCHS} epochs of all layers (without the allocator set it is timed over {TIMED_SHARE:.0%} of its steps, and "
    f"scaled: its answers are the same); SetFit {SETFIT_ROWS} examples a class, as all rows would make millions of "
    "pairs. The bars of accuracy: in a third of Trainer's time at most 0.5 point below it, in its time above it.",
    prepare=prepare,
    sides=(
        Side(PEER + SET, trainer, ALLOCATOR),
        Side(THIRD, partial(fit, share=1 / 3)),
        Side(EQUAL, partial(fit, share=1.0)),
        *both("sentence-transformers + logistic regression", embedded),
        Side("TF-IDF + logistic regression", counted),
        Side(PEER, partial(trainer, share=TIMED_SHARE), rounds=1),
        *(Side(side.name, side.job, side.environment, rounds=1) for side in both(SETFIT, setfit)),
    ),
    comparisons=(
        Comparison("whole fit", THIRD, PEER + SET, Bar("≤", 1 / 3)),
        Comparison("whole fit", THIRD, PEER, Bar("≤", 1 / 3)),
        Comparison("whole fit", EQUAL, PEER + SET),
        Comparison("whole fit", THIRD, SETFIT + SET),
    ),
    rows=2985,
    repeats=1,
    more=partial(accuracies, mine={THIRD: -0.5, EQUAL: 0.0}, peer=PEER + SET),
)

if __name__ == "__main__":
    BENCHMARK.main()
