import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from warmstart.learning.paired import compare

TRUTH = np.arange(200) % 2


def answering(wrong, **changes):
    codes = np.where(np.isin(np.arange(200), wrong), 1 - TRUTH, TRUTH)
    return evidence(TRUTH, predictions={"delivered": predictions(codes)}, **changes)


def test_it_counts_where_each_is_right():
    found = compare(answering(range(50)), answering(range(40, 60)), metric="accuracy")
    assert (found.both, found.first, found.second, found.neither) == (140, 10, 40, 10)
    assert found.difference.value == pytest.approx(30 / 200)
    assert found.verdict == "better"
    assert found.sentence("one", "two").startswith("two is better than one: +15.0 points of accuracy (95 % interval ")


def test_the_chance_is_mcnemars():
    found = compare(answering(range(8)), answering(range(8, 10)), metric="accuracy")
    assert found.chance == pytest.approx(2 * (1 + 10 + 45) / 2**10)


def test_a_model_is_neither_better_nor_worse_than_itself():
    found = compare(answering(range(9)), answering(range(9)), metric="macro_f1")
    assert (found.difference.low, found.difference.high, found.chance) == (0.0, 0.0, 1.0)
    assert found.sentence("one", "two").startswith(
        "No evidence that two is better or worse than one: 0.0 points of macro"
    )


def test_turned_round_better_is_worse():
    found = compare(answering(range(40, 60)), answering(range(50)), metric="accuracy")
    assert found.verdict == "worse"


def test_rows_that_belong_together_have_no_chance_and_a_wider_interval():
    plain = compare(answering(range(50)), answering(range(40, 60)), metric="accuracy")
    grouped = compare(answering(range(50), groups=np.arange(200) // 10), answering(range(40, 60)), metric="accuracy")
    assert grouped.chance is None
    assert grouped.difference.high - grouped.difference.low > 1.5 * (plain.difference.high - plain.difference.low)
