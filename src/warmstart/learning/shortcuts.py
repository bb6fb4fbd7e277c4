"""How well something beside the content tells the class by itself.

Where it does, a model need not learn the classes to score well (Geirhos and others, "Shortcut learning in
deep neural networks", 2020), or the data were collected or put together otherwise for each class (Kaufman
and others, "Leakage in data mining", 2012).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from warmstart.learning.hit_rates import hit_rate
from warmstart.learning.intervals import Interval

MOST_WORDS, FEWEST_ROWS = 20, 5
LEAVES = 64
PLACES = (0, 1, 2, -1)
"""Which of the numbers in a word are read: year, month and day, and the last."""
FAR = 0.5
"""How far from chance (0) to certainty (1) it must tell the classes, by the lower end of its interval."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LETTERS = re.compile(r"[^\W\d_]*")


def told_by(values: np.ndarray, codes: np.ndarray, folds: np.ndarray, groups: np.ndarray | None = None) -> Interval:
    """Return the balanced accuracy, with its interval, of a small tree that reads nothing but these values.

    Parameters
    ----------
    values : what may tell the class (rows, columns), NaN where there is none.
    codes : class codes (rows,).
    folds : fold number a row (rows,): every row is judged by a tree that was fitted on the other folds.
    groups : rows drawn together for the interval (rows,), or None.
    """
    from sklearn.model_selection import PredefinedSplit, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_leaf_nodes=LEAVES, min_samples_leaf=FEWEST_ROWS, class_weight="balanced", random_state=0
    )
    answered = cross_val_predict(tree, values, codes, cv=PredefinedSplit(folds))
    return hit_rate(answered == codes, codes, groups)


def is_far(tells: float, classes: int) -> bool:
    """Return whether a balanced accuracy among so many classes is far above chance."""
    return tells >= 1 / classes + FAR * (1 - 1 / classes)


def columns_of(words: Sequence[str]) -> np.ndarray:
    """Return what words may tell a class by (rows, columns): numbers in them, their length, and how they begin.

    An identifier such as "neg_0017" tells by its letters, its number, or its form.
    """
    numbers = [_NUMBER.findall(word) for word in words]
    places = [_ranks([_at(found, place) for found in numbers]) for place in PLACES]
    forms = [_NUMBER.sub("0", word) for word in words]
    beginnings = [found.group() if (found := _LETTERS.match(word)) else "" for word in words]
    lengths = np.array([len(word) for word in words], dtype=np.float64)
    return np.column_stack([*places, lengths, *(indicators(each) for each in (words, beginnings, forms))])


def indicators(words: Sequence[str]) -> np.ndarray:
    """Return a column of 0 and 1 for each of the most frequent words (rows, words)."""
    frequent = [word for word, count in Counter(words).most_common(MOST_WORDS) if count >= FEWEST_ROWS]
    return np.array([[word == one for one in frequent] for word in words], dtype=np.float64).reshape(
        len(words), len(frequent)
    )


def _at(numbers: Sequence[str], place: int) -> float:
    """Return the number at a place, NaN where there are fewer."""
    return float(numbers[place]) if -len(numbers) <= place < len(numbers) else np.nan


def _ranks(numbers: Sequence[float]) -> np.ndarray:
    """Return the ranks of numbers, NaN where there is none: a tree rounds large numbers, and not their ranks."""
    values = np.array(numbers, dtype=np.float64)
    found = np.full(len(values), np.nan)
    known = np.isfinite(values)
    found[known] = np.unique(values[known], return_inverse=True)[1]
    return found
