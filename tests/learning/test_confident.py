import numpy as np

from warmstart.learning.confident import doubt_labels

RNG = np.random.default_rng(0)


def noisy(rows=600, wrong=30, classes=3, right=0.95):
    """Return truth, given labels of which some are flipped, and probabilities of a model that is mostly right."""
    truth = np.arange(rows) % classes
    answered = np.where(RNG.random(rows) < right, truth, (truth + 1) % classes)
    sure = RNG.uniform(0.5, 0.99, rows)
    proba = np.where(np.arange(classes) == answered[:, None], sure[:, None], ((1 - sure) / (classes - 1))[:, None])
    given = truth.copy()
    given[:wrong] = (given[:wrong] + 2) % classes
    return truth, given, proba


def test_most_planted_errors_are_among_the_first():
    truth, given, proba = noisy()
    first = doubt_labels(given, proba).order[:60]
    assert np.mean(np.isin(np.flatnonzero(truth != given), first)) > 0.7


def test_the_true_label_is_suggested():
    truth, given, proba = noisy(right=1.0)
    found = doubt_labels(given, proba)
    wrong = truth != given
    assert (found.suggested[wrong] == truth[wrong]).all()


def test_a_row_is_a_suspect_only_where_another_class_is_as_sure_as_rows_of_it_are():
    given = np.array([0, 0, 0, 1, 1, 1])
    of_one = np.array([0.1, 0.2, 0.6, 0.8, 0.9, 0.95])
    assert doubt_labels(given, np.stack([1 - of_one, of_one], axis=1)).suspects.tolist() == []
    of_one[2] = 0.99
    assert doubt_labels(given, np.stack([1 - of_one, of_one], axis=1)).suspects.tolist() == [2]


def test_right_labels_of_a_sure_model_are_not_doubted():
    truth, _, proba = noisy(wrong=0, right=1.0)
    assert len(doubt_labels(truth, proba).suspects) == 0


def test_a_class_without_rows_is_never_suggested_with_confidence():
    given = np.array([0, 1, 0, 1])
    proba = np.array([[0.2, 0.1, 0.7], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    assert len(doubt_labels(given, proba).suspects) == 0
