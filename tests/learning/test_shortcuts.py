import numpy as np
import pytest

from warmstart.learning.shortcuts import columns_of, indicators, is_far, told_by

ROWS = 200
RNG = np.random.default_rng(0)
CODES = np.arange(ROWS) % 2
FOLDS = np.arange(ROWS) // 2 % 5


@pytest.mark.parametrize(
    "words",
    [
        [f"{'neg' if code else 'pos'}_{row:04d}" for row, code in enumerate(CODES)],
        [f"IMG{row + 5000 * code}.png" for row, code in enumerate(CODES)],
        [f"2024-0{3 + code}-1{row % 10}" for row, code in enumerate(CODES)],
        [f"{RNG.normal(3.0 if code else -3.0):.3f}" for code in CODES],
        ["" if code else str(row) for row, code in enumerate(CODES)],
        [("site A", "site B")[code] for code in CODES],
        [str(1_700_000_000 + row + 4 * code * ROWS) for row, code in enumerate(CODES)],
    ],
    ids=["prefix", "number", "month", "score", "missing", "value", "large number"],
)
def test_words_that_tell_the_class_are_found(words):
    assert told_by(columns_of(words), CODES, FOLDS).low > 0.95


def test_words_that_have_nothing_to_do_with_the_class_do_not_tell_it():
    words = [f"{RNG.choice(['a', 'b', 'c'])}-{RNG.integers(1000)}" for _ in CODES]
    assert told_by(columns_of(words), CODES, FOLDS).high < 0.75


def test_a_name_of_its_own_for_every_row_tells_nothing_of_other_rows():
    words = [RNG.permutation([*"abcdefghij"]).tobytes().hex() for _ in CODES]
    assert not is_far(told_by(columns_of(words), CODES, FOLDS).low, 2)


def test_of_a_rare_class_the_recall_counts_as_much_as_of_the_others():
    codes = (np.arange(ROWS) % 10 == 0).astype(int)
    assert told_by(RNG.normal(size=(ROWS, 1)), codes, FOLDS).value < 0.7


def test_rows_of_one_group_make_the_interval_wider():
    values = CODES + RNG.normal(0, 0.8, ROWS)
    groups = np.arange(ROWS) // 20
    alone, together = (told_by(values[:, None], CODES, FOLDS, each) for each in (None, groups))
    assert alone.value == together.value
    assert (alone.low, alone.high) != (together.low, together.high)


def test_far_is_half_the_way_from_chance_to_certainty():
    assert is_far(0.75, 2)
    assert not is_far(0.74, 2)
    assert is_far(0.63, 4)
    assert not is_far(0.62, 4)


def test_rare_words_have_no_column_of_their_own():
    assert indicators(["x"] * 5 + ["y"] * 4).tolist() == [[1.0]] * 5 + [[0.0]] * 4
    assert indicators(["x", "y"]).shape == (2, 0)
