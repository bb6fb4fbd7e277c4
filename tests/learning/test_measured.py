import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from warmstart.learning import measured
from warmstart.learning.clustered import few_groups_stretch
from warmstart.learning.intervals import Resampling, around, draw, proportion
from warmstart.learning.measured import change, confusion_of, mean_over_rows, per_class, scores
from warmstart.learning.metrics import row_losses

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
    for one in (found[name] for name in set(found) - {"ece"}):
        assert one["low"] < one["value"] < one["high"]


def test_the_calibration_error_which_every_draw_raises_has_no_interval():
    assert scores(made(), answers(9))["ece"] == {"value": pytest.approx(0.1), "low": None, "high": None}


def test_a_rare_class_that_is_answered_rightly_is_not_certain_by_any_metric():
    truth = np.repeat([0, 1, 2], [40, 40, 3])
    for metric in ("accuracy", "macro_f1"):
        found = scores(made(truth=truth, metric=metric), answers(0, truth=truth))
        for name in ("accuracy", "balanced_accuracy", "macro_f1"):
            assert (found[name]["value"], found[name]["high"]) == (1.0, 1.0)
            assert found[name]["low"] < 0.97


def test_one_group_says_nothing_of_other_groups():
    one = made(groups=np.zeros(ROWS, int))
    found = scores(one, answers(9))
    assert (found["log_loss"]["low"], found["log_loss"]["high"]) == (None, None)
    assert found["accuracy"] == pytest.approx(proportion(0.9, 1).to_json())
    assert found["balanced_accuracy"]["low"] < 0.3
    assert found["macro_f1"]["low"] < 0.3
    assert mean_over_rows(one, TRUTH, draws=20) == {"value": 1.0, "low": None, "high": None}


@pytest.mark.parametrize("count", [2, 5])
def test_intervals_by_drawing_few_groups_are_as_much_longer_as_these_ask(count):
    few = made(groups=np.arange(ROWS) // (ROWS // count))
    values = np.arange(ROWS) / ROWS
    sample = draw(lambda rows: values[rows].mean(), Resampling(TRUTH, few.groups, draws=200))
    plain, found = around(values.mean(), sample), mean_over_rows(few, values, draws=200)
    longer = few_groups_stretch(few.groups, np.zeros(ROWS))
    assert found["high"] - found["low"] == pytest.approx(longer * (plain.high - plain.low))


def test_no_loss_is_below_zero_however_few_the_groups():
    found = scores(made(groups=np.arange(ROWS) // 45), answers(40))["log_loss"]
    assert found["low"] == 0.0 < found["value"] < found["high"]


def test_losses_are_looked_up_once_and_not_gathered_anew_in_every_draw(monkeypatch):
    calls = []
    monkeypatch.setattr(measured, "row_losses", lambda *given: calls.append(given) or row_losses(*given))
    monkeypatch.setattr(measured, "expected_calibration_error", lambda *given: calls.append(given) or 0.0)
    scores(made(), answers(9))
    assert len(calls) == 2


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
