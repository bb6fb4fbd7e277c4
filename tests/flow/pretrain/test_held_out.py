import dataclasses

import numpy as np
import pytest

from warmstart.core.dataset import Column, Dataset
from warmstart.errors import DataError
from warmstart.flow.pretrain import held_out
from warmstart.flow.pretrain.held_out import hold_out
from warmstart.flow.pretrain.labelled_sets import Sets

MEMBERS = 6


def sets(*classes, a_class=30, seen=(), together=None):
    """Sets of so many classes each, of the same names, and so many rows of each."""
    parts = np.repeat(np.arange(len(classes)), [count * a_class for count in classes])
    codes = np.concatenate([np.repeat(np.arange(count), a_class) for count in classes])
    rows = len(codes)
    names = tuple(f"class {code}" for code in range(max(classes)))
    dataset = Dataset("sets", (Column("text", "text", [""] * rows),), tuple(map(str, range(rows))))
    units = np.arange(rows) if together is None else together
    mask = np.isin(np.arange(rows), list(seen))
    return Sets(dataset, tuple(map(str, range(len(classes)))), names, parts, codes, units, mask, 0, 0)


def held(given, *, ways=5, members=MEMBERS, seed=0):
    return hold_out(given, ways=ways, members=members, seed=seed)


def pooled(found):
    return np.concatenate([rows for classes in found.trained.sets for rows in classes])


@pytest.mark.parametrize(("classes", "ways"), [((8,), 3), ((5, 5), 2), ((2, 6), 2)])
def test_held_out_classes_are_trained_on_in_no_set_and_both_parts_have_their_own_rows(classes, ways):
    given = sets(*classes)
    found = held(given)
    chosen, reported = np.unique(found.chosen.rows), np.unique(found.reported.rows)
    assert found.by_class
    assert not set(given.codes[chosen]) & set(given.codes[pooled(found)])
    assert set(given.codes[chosen]) == set(given.codes[reported])
    assert not np.intersect1d(chosen, reported).size
    assert (found.chosen.ways, found.reported.ways) == (ways, ways)


@pytest.mark.parametrize("classes", [(5, 2, 2, 2), (5, 5, 5, 5, 5)])
def test_no_set_loses_its_classes_and_no_seed_is_refused(monkeypatch, classes):
    monkeypatch.setattr(held_out, "CHOOSING", 2)
    monkeypatch.setattr(held_out, "REPORTING", 2)
    given = sets(*classes)
    given = dataclasses.replace(given, codes=given.codes + 5 * given.sets, classes=tuple(map(str, range(25))))
    for seed in range(40):
        found = held(given, seed=seed)
        assert [len(own) for own in found.trained.sets] == [min(count, 3) for count in classes]
        assert found.by_class


def test_classes_that_a_small_set_needs_are_not_held_out():
    found = held(sets(5, 4, a_class=80))
    assert not found.by_class
    assert [len(own) for own in found.trained.sets] == [5, 4]


def test_rows_of_classes_too_small_for_a_task_are_not_counted_as_trained_on():
    given = sets(8)
    few = np.flatnonzero(given.codes == 7)[:-3]
    given = dataclasses.replace(given, codes=np.where(np.isin(np.arange(240), few), 6, given.codes))
    found = next(one for one in (held(given, seed=seed) for seed in range(9)) if one.undrawn)
    assert found.undrawn == 3
    np.testing.assert_array_equal(found.rows, np.sort(pooled(found)))
    assert 7 not in given.codes[found.rows]


def test_where_classes_are_many_some_choose_the_round_and_others_report():
    given = sets(25, a_class=20)
    found = held(given)
    parts = [set(given.codes[np.unique(rows)]) for rows in (found.rows, found.chosen.rows, found.reported.rows)]
    assert [len(part) for part in parts] == [15, 5, 5]
    assert len(set.union(*parts)) == 25
    assert found.reported.ways == 5


def test_two_classes_are_all_trained_on_and_rows_are_held_out():
    given = sets(2, 3, a_class=80)
    found = held(given)
    parts = [np.unique(found.chosen.rows), np.unique(found.reported.rows), pooled(found)]
    assert not found.by_class
    assert sum(map(len, parts)) == len(np.unique(np.concatenate(parts)))
    assert set(given.codes[parts[2]]) == {0, 1, 2}


def test_rows_that_belong_together_are_on_one_side_and_a_task_has_one_of_them():
    given = sets(3, a_class=120, together=np.arange(360) // 2)
    found = held(given)
    parts = [np.unique(rows) for rows in (found.rows, found.chosen.rows, found.reported.rows)]
    units = [given.together[rows] for rows in parts]
    assert not np.intersect1d(units[0], np.concatenate(units[1:])).size
    assert not np.intersect1d(units[1], units[2]).size
    assert all(len(np.unique(some)) == len(some) for some in units[1:])


def test_a_copy_of_a_held_out_row_under_another_class_is_not_trained_on():
    together = np.arange(240)
    codes = sets(8).codes
    ends = [np.flatnonzero(codes == code)[0] for code in range(8)]
    together[ends] = ends[0]
    found = held(sets(8, together=together))
    assert not np.isin(ends, found.rows).any()


def test_what_the_source_has_seen_is_trained_on_and_never_judged_on():
    seen = np.arange(0, 480, 3)
    found = held(sets(8, a_class=60, seen=seen))
    assert np.isin(seen, found.rows).any()
    assert not np.isin(seen, np.concatenate([found.chosen.rows.ravel(), found.reported.rows.ravel()])).any()


def test_the_seed_decides_and_decides_alone():
    given = sets(8)
    first, second, other = held(given), held(given), held(given, seed=1)
    np.testing.assert_array_equal(first.reported.rows, second.reported.rows)
    assert not np.array_equal(first.rows, other.rows)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (sets(3, a_class=4), r"labelled rows to train on: two classes of a set with 6 rows each\. A task takes 6 rows"),
        (
            sets(3, a_class=20),
            r"to judge on: two classes with 12 rows each in each of two.*lower --shots",
        ),
        (sets(8, seen=range(240)), r"to judge on: two classes with 12 rows each"),
    ],
)
def test_too_few_rows_are_refused_with_what_is_needed(given, sentence):
    with pytest.raises(DataError, match=sentence):
        held(given)
