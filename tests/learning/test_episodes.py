import numpy as np
import pytest

from warmstart.learning.episodes import Tasks, draw_task, pool_of

SETS = np.repeat([0, 1], [60, 40])
CODES = np.concatenate([np.arange(60) % 3, np.arange(40) % 2 + 3])


def pool(members=10):
    return pool_of(np.arange(100), SETS, CODES, members=members)


def drawn(count, *, ways=2, members=6, rows=None, codes=CODES, sets=SETS):
    found = pool_of(np.arange(len(codes)) if rows is None else rows, sets, codes, members=members)
    rng = np.random.default_rng(0)
    rows = np.stack([draw_task(found, ways=ways, members=members, rng=rng) for _ in range(count)])
    return Tasks(rows, codes[rows[:, :, 0]])


def test_a_task_has_rows_of_different_classes_of_one_set_and_none_twice():
    rng = np.random.default_rng(0)
    for _ in range(50):
        task = draw_task(pool(), ways=3, members=10, rng=rng)
        assert len(set(SETS[task].ravel())) == 1
        assert [len(set(codes)) for codes in CODES[task]] == [1] * len(task)
        assert len(set(CODES[task[:, 0]])) == len(task) == (3 if SETS[task[0, 0]] == 0 else 2)
        assert len(np.unique(task)) == task.size


def test_classes_with_too_few_rows_and_sets_with_one_class_left_are_no_pool():
    found = pool_of(np.flatnonzero(CODES != 4), SETS, CODES, members=20)
    assert [len(classes) for classes in found.sets] == [3]
    assert pool(21).sets == ()
    assert pool(21).ways(5) == 0


def test_tasks_have_as_many_classes_as_the_widest_set_and_at_most_what_is_asked_for():
    assert [pool().ways(most) for most in (2, 3, 5)] == [2, 3, 3]
    assert [len(classes) for classes in pool().widest(3).sets] == [3]


@pytest.mark.parametrize(("a_class", "classes", "ways"), [(40, 3, 3), (30, 5, 2)])
def test_the_interval_is_as_long_as_the_mean_moves_from_rows_to_rows(a_class, classes, ways):
    """The value of a task is what its rows are worth: new rows move the mean as much as theory says."""
    codes = np.repeat(np.arange(classes), a_class)
    tasks = drawn(1500, ways=ways, codes=codes, sets=np.zeros_like(codes))
    found, rng = [], np.random.default_rng(1)
    for _ in range(120):
        worth = rng.normal(size=len(codes))
        interval = tasks.mean(worth[tasks.rows].mean(axis=(1, 2)))
        found.append((interval.value, interval.high - interval.low))
    means, lengths = np.array(found).T
    assert means.std() == pytest.approx(1 / np.sqrt(len(codes)), rel=0.2)
    assert lengths.mean() / (2 * 1.96) == pytest.approx(means.std(), rel=0.15)
    assert np.mean(np.abs(means) < lengths / 2) > 0.88


def test_more_tasks_on_the_same_rows_do_not_make_the_interval_as_short_as_they_would():
    worth = np.random.default_rng(2).normal(size=100)
    lengths = []
    for count in (500, 4000):
        tasks = drawn(count)
        interval = tasks.mean(worth[tasks.rows].mean(axis=(1, 2)))
        lengths.append(interval.high - interval.low)
    assert lengths[1] > 0.7 * lengths[0]


def test_where_nothing_differs_the_interval_is_nought():
    found = drawn(50).mean(np.zeros(50))
    assert (found.low, found.value, found.high) == (0, 0, 0)
