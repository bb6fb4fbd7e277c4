import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from warmstart.learning.intervals import proportion
from warmstart.learning.measured import change, confusion_of, per_class, scores

pytestmark = pytest.mark.usefixtures("few_draws")

ROWS = 90
TRUTH = np.arange(ROWS) % 3
NAMES = ("a", "b", "c")


def answers(wrong, *, truth=TRUTH):
    """Answer the first `wrong` rows with the next class."""
    return predictions(np.where(np.arange(len(truth)) < wrong, (truth + 1) % 3, truth), classes=3)


def made(wrong=9, truth=TRUTH, **changes):
    return evidence(truth, classes=NAMES, predictions={"delivered": answers(wrong, truth=truth)}, **changes)


def test_every_metric_lies_in_its_interval():
    found = scores(made(), answers(9))
    assert set(found) == {"accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece"}
    for one in found.values():
        assert one["low"] <= one["value"] <= one["high"]
    assert found["ece"]["value"] == pytest.approx(0.1)


def test_accuracy_of_independent_rows_has_wilsons_interval():
    assert scores(made(), answers(9))["accuracy"] == proportion(0.9, ROWS).to_json()


def test_accuracy_of_grouped_rows_is_drawn_by_group():
    found = scores(made(groups=np.arange(ROWS) // 9), answers(18))["accuracy"]
    plain = proportion(0.8, ROWS)
    assert found["high"] - found["low"] > 1.5 * (plain.high - plain.low)


def test_all_right_is_not_certain_with_or_without_groups():
    for groups, least in ((None, 0.95), (np.arange(ROWS) // 9, 0.6)):
        found = scores(made(groups=groups), answers(0))["accuracy"]
        assert found["value"] == found["high"] == 1.0
        assert least < found["low"] < 1.0
    grouped = scores(made(groups=np.arange(ROWS) // 9), answers(0))["accuracy"]
    assert grouped["low"] < scores(made(), answers(0))["accuracy"]["low"]


def test_the_confusion_counts_the_chosen_models_answers():
    table = confusion_of(made())
    assert table.sum(axis=1).tolist() == [30, 30, 30]
    assert np.trace(table) == ROWS - 9


def test_a_class_that_is_never_true_has_no_recall():
    found = per_class(made(wrong=0, truth=np.arange(ROWS) % 2))
    assert found[2] == {"class": "c", "rows": 0, "precision": None, "recall": None, "f1": None}
    assert found[0]["recall"] == 1.0


def test_a_fall_since_then_is_told_from_chance():
    fallen = change(made(0), made(27))
    assert fallen.value == pytest.approx(-0.3)
    assert fallen.high < 0


def test_two_samples_of_one_quality_are_not_told_apart_and_their_spreads_add_up():
    found = change(made(9), made(9))
    alone = scores(made(), answers(9))["accuracy"]
    assert found.low < 0 < found.high
    assert found.high - found.low > 1.2 * (alone["high"] - alone["low"])
