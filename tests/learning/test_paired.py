import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from warmstart.learning.paired import compare, compare_repeated

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
    assert (found.difference.value, found.chance) == (0.0, 1.0)
    assert -0.03 < found.difference.low < 0.0 < found.difference.high < 0.03
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


def test_one_group_cannot_tell_and_says_why():
    found = compare(
        answering(range(50), groups=np.zeros(200, int)), answering(range(40, 60)), metric="balanced_accuracy"
    )
    assert (found.verdict, found.difference.low, found.difference.high) == ("no evidence", -1.0, 1.0)
    assert found.sentence("one", "two").startswith(
        "Whether two is better or worse than one cannot be told, because the test rows belong together in one group"
    )


def repeated(share, *, seed, repeats=3, stay=1.0):
    """Answers of which a share is right, much the same in every repeat."""
    rng = np.random.default_rng(seed)
    right = rng.random(200) < share
    return np.stack([np.where(right ^ (rng.random(200) > stay), TRUTH, 1 - TRUTH) for _ in range(repeats)])


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_over_repeats_the_difference_is_that_of_the_means_and_lies_between_its_ends(metric):
    worse, better = repeated(0.6, seed=0, stay=0.9), repeated(0.9, seed=1, stay=0.9)
    found = compare_repeated(TRUTH, worse, better, metric=metric)
    assert found.difference.value == pytest.approx(found.second.value - found.first.value)
    assert found.difference.low < found.difference.value < found.difference.high
    assert found.verdict == "better"
    assert compare_repeated(TRUTH, better, worse, metric=metric).verdict == "worse"


def test_repeating_the_same_answers_tells_no_more_than_giving_them_once():
    first, second = repeated(0.7, seed=0, repeats=1), repeated(0.75, seed=1, repeats=1)
    once = compare_repeated(TRUTH, first, second, metric="accuracy")
    often = compare_repeated(TRUTH, np.repeat(first, 5, axis=0), np.repeat(second, 5, axis=0), metric="accuracy")
    assert once.difference == often.difference


def test_rows_that_belong_together_tell_less():
    first, second = repeated(0.6, seed=0), repeated(0.8, seed=1)
    apart = compare_repeated(TRUTH, first, second, metric="accuracy")
    fivefold = compare_repeated(
        np.repeat(TRUTH, 5),
        np.repeat(first, 5, axis=1),
        np.repeat(second, 5, axis=1),
        metric="accuracy",
        together=np.repeat(np.arange(200), 5),
    )
    assert fivefold.difference.value == pytest.approx(apart.difference.value)
    assert fivefold.detectable > 0.8 * apart.detectable


def test_over_repeats_equal_models_are_not_told_apart():
    same = repeated(0.7, seed=0)
    found = compare_repeated(TRUTH, same, same, metric="accuracy")
    assert (found.difference.low, found.difference.high, found.detectable) == (0.0, 0.0, 0.0)
    assert found.verdict == "no evidence"
