import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.core.dataset import Column, Dataset
from warmstart.core.task import Task
from warmstart.errors import DataError, SourceError
from warmstart.flow.split import Rows, describe_rows, is_cross_fitted, make_split

TASK = Task(("a", "b"), "text")


def dataset(rows=100, **changes):
    values = {
        "inputs": (Column("text", "text", [f"text {row}" for row in range(rows)]),),
        "ids": tuple(f"row {row}" for row in range(rows)),
        "labels": tuple("ab"[row % 2] for row in range(rows)),
    }
    return Dataset("tiny", **values | changes)


def split(data, *, duplicate_of=None, test_size=0.2, seed=0, seen=()):
    rows = describe_rows(data, TASK, np.arange(len(data)) if duplicate_of is None else np.asarray(duplicate_of))
    mask = np.isin(rows.together, rows.together[list(seen)])
    return make_split(data, rows, test_size=test_size, seed=seed, seen=mask), rows


def test_a_fifth_is_sealed_and_a_fifth_of_the_rest_is_for_choices_stratified():
    data = dataset(labels=tuple("aaab"[row % 4] for row in range(100)))
    made, rows = split(data)
    assert [made.count(role) for role in ("train", "validation", "test")] == [64, 16, 20]
    for role in ("validation", "test"):
        assert np.mean(rows.codes[made.rows(role)]) == pytest.approx(0.25, abs=0.01)


def test_attributes_are_balanced_too_where_there_are_enough_rows():
    kinds = tuple(("mono", "poly")[row // 2 % 2] for row in range(200))
    made, _ = split(dataset(200, attributes={"type": kinds}))
    tested = [kinds[row] for row in made.rows("test")]
    assert tested.count("mono") == tested.count("poly") == 20


def test_the_same_seed_gives_the_same_split():
    assert np.array_equal(split(dataset(), seed=3)[0].roles, split(dataset(), seed=3)[0].roles)
    assert not np.array_equal(split(dataset(), seed=3)[0].roles, split(dataset(), seed=4)[0].roles)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16), st.booleans())
def test_duplicates_and_groups_never_straddle(seed, grouped):
    rng = np.random.default_rng(seed)
    duplicate_of = np.minimum(np.arange(120), rng.integers(0, 1000, 120))
    groups = tuple(map(str, rng.integers(0, 60, 120))) if grouped else None
    made, rows = split(dataset(120, groups=groups), duplicate_of=duplicate_of, seed=seed)
    for unit in np.unique(rows.together):
        assert len(set(made.roles[rows.together == unit])) == 1


def test_roles_that_the_data_brings_are_honoured():
    roles = tuple(("", "validation", "test", "train")[row // 10 % 4] for row in range(100))
    made, _ = split(dataset(roles=roles))
    assert all(made.roles[row] == (role or "train") for row, role in enumerate(roles))


def test_where_only_the_test_part_is_given_validation_is_taken_from_the_rest():
    roles = tuple("test" if row < 30 else "" for row in range(100))
    made, _ = split(dataset(roles=roles))
    assert made.rows("test").tolist() == list(range(30))
    assert made.count("validation") == 14


def test_where_only_validation_is_given_the_test_part_is_taken_from_all_rows():
    roles = tuple("validation" if row < 30 else "" for row in range(100))
    made, _ = split(dataset(roles=roles))
    assert made.count("test") == 20
    assert set(made.rows("validation")) <= set(range(30))
    assert set(range(30)) <= set(made.rows("validation", "test"))


def test_under_a_given_split_a_training_row_that_repeats_a_test_row_is_not_trained_on():
    duplicate_of = np.arange(100)
    duplicate_of[50] = 5
    made, _ = split(dataset(roles=tuple("test" if row < 30 else "" for row in range(100))), duplicate_of=duplicate_of)
    assert made.roles[50] == "reference"
    assert made.roles[5] == "test"


def test_under_a_given_split_a_validation_row_that_repeats_a_training_row_is_still_told_apart_from_test():
    roles = tuple(("test", "validation", "train", "train")[row % 4] if row < 80 else "" for row in range(100))
    made, rows = split(dataset(roles=roles, labels=tuple("ab"[row // 4 % 2] for row in range(100))))
    assert not set(rows.together[made.rows("test")]) & set(rows.together[made.rows("train", "validation")])


def test_rows_that_the_source_saw_are_never_tested_nor_is_what_repeats_them():
    duplicate_of = np.arange(100)
    duplicate_of[90] = 3
    made, _ = split(dataset(), duplicate_of=duplicate_of, seen=range(40))
    assert not set(made.rows("test")) & {*range(40), 90}
    assert made.count("test") == pytest.approx(20, abs=1)


def test_nor_are_they_where_the_test_part_is_given():
    roles = tuple("test" if row < 40 else "" for row in range(100))
    duplicate_of = np.arange(100)
    duplicate_of[39] = 90
    made, _ = split(dataset(roles=roles), duplicate_of=duplicate_of, seen=[*range(10), 90])
    assert made.rows("test").tolist() == list(range(10, 39))
    assert set(made.rows("reference")) == {*range(10), 39}
    assert made.roles[90] == "train"


def test_nor_is_validation_drawn_from_them():
    made, _ = split(dataset(), seen=range(40))
    assert not set(made.rows("validation")) & set(range(40))
    assert made.count("validation") == pytest.approx(16, abs=1)
    roles = tuple("validation" if row < 30 else "" for row in range(100))
    given_ones = set(split(dataset(roles=roles), seen=range(10))[0].rows("validation"))
    assert given_ones
    assert given_ones <= set(range(10, 30))


def test_few_groups_give_as_many_outer_folds_and_one_group_is_split_by_rows_within_a_fit():
    codes = np.arange(100) % 2
    rows = Rows(codes, codes, np.arange(100) % 3)
    assert sorted(set(rows.outer_folds(seed=0))) == [0, 1, 2]
    assert len(set(rows.folds(np.flatnonzero(rows.together == 0), 3, seed=0))) == 3
    train, validation = rows.part(np.flatnonzero(rows.together < 2), 0.2, seed=0)
    assert sorted({*rows.together[train]} ^ {*rows.together[validation]}) == [0, 1]


def test_rows_without_a_label_are_set_apart():
    labels = tuple(None if row % 5 == 0 else "ab"[row % 2] for row in range(100))
    made, rows = split(dataset(labels=labels))
    assert made.rows("unlabelled").tolist() == list(range(0, 100, 5))
    assert np.all(rows.codes[made.rows("train", "validation", "test")] >= 0)


def test_a_part_of_one_class_is_refused_in_a_sentence():
    roles = tuple("test" if row % 2 else "" for row in range(100))
    with pytest.raises(DataError, match=r"The train part needs rows of at least two classes\. It has \d+ rows of 1\."):
        split(dataset(roles=roles))
    with pytest.raises(DataError, match=r"The \w+ part needs rows of at least two classes\. .* with --classes\."):
        split(dataset(labels=(*"a" * 99, "b")))


def test_so_few_rows_are_refused_and_not_a_crash():
    with pytest.raises(DataError, match="needs rows of at least two classes"):
        split(dataset(2))


@pytest.mark.parametrize(("rows", "given", "crossed"), [(999, False, True), (1000, False, False), (999, True, False)])
def test_fewer_than_a_thousand_rows_are_cross_fitted_unless_the_test_part_is_given(rows, given, crossed):
    data = dataset(rows)
    assert is_cross_fitted(describe_rows(data, TASK, np.arange(rows)), given=given) is crossed


def test_only_labelled_rows_count_for_that():
    data = dataset(1200, labels=tuple("ab"[row % 2] if row < 900 else None for row in range(1200)))
    assert is_cross_fitted(describe_rows(data, TASK, np.arange(1200)), given=False)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16))
def test_outer_folds_keep_units_whole(seed):
    groups = tuple(map(str, np.random.default_rng(seed).integers(0, 30, 100)))
    data = dataset(groups=groups)
    rows = describe_rows(data, TASK, np.arange(100))
    chosen = np.arange(10, 100)
    numbers = rows.folds(chosen, 5, seed=seed)
    assert set(numbers) == set(range(5))
    for unit in np.unique(rows.together):
        assert len(set(numbers[rows.together[chosen] == unit])) <= 1


def test_where_the_sources_saw_every_row_to_draw_from_it_says_so():
    with pytest.raises(SourceError, match=r"The test part .* trained on all 100 that there are\. Name another source"):
        split(dataset(), seen=range(100))
    roles = tuple("test" if row < 50 else "" for row in range(100))
    with pytest.raises(SourceError, match=r"The validation part .* trained on all 50 that there are\."):
        split(dataset(roles=roles), seen=range(50, 100))


def test_a_given_test_part_that_leaves_no_other_row_is_refused():
    with pytest.raises(DataError, match="The validation part is drawn from rows that are in no other part"):
        split(dataset(roles=("test",) * 100))
