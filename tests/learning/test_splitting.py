import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.learning import splitting
from warmstart.learning.splitting import folds, sample, split_off, strata_of, units


@st.composite
def rows(draw):
    """Strata and units of up to 120 rows, units of any size."""
    count = draw(st.integers(4, 120))
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, draw(st.integers(1, 4)), count)
    together = rng.integers(0, draw(st.integers(1, count)), count)
    return np.unique(strata, return_inverse=True)[1], np.unique(together, return_inverse=True)[1], seed


def is_whole(parts, together):
    return all(len(set(parts[together == unit])) == 1 for unit in np.unique(together))


@settings(max_examples=60, deadline=None)
@given(rows(), st.floats(0.05, 0.6))
def test_no_unit_is_on_two_sides(drawn, share):
    strata, together, seed = drawn
    part = split_off(strata, together, share, seed=seed)
    assert part.shape == strata.shape
    assert is_whole(part, together)


@settings(max_examples=60, deadline=None)
@given(rows(), st.integers(2, 6))
def test_folds_cover_every_row_once_with_whole_units(drawn, count):
    strata, together, seed = drawn
    numbers = folds(strata, together, count, seed=seed)
    assert set(numbers) <= set(range(count))
    assert is_whole(numbers, together)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.1, 0.5), st.integers(1, 3))
def test_every_stratum_has_its_share_within_the_largest_unit(seed, share, most):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most + 1, 120)
    together = np.repeat(np.arange(120), sizes)
    strata = np.repeat(np.concatenate([np.arange(3), rng.integers(0, 3, 117)]), sizes)
    part = split_off(strata, together, share, seed=seed)
    for stratum in range(3):
        wanted = share * np.sum(strata == stratum)
        assert abs(np.sum(part & (strata == stratum)) - wanted) <= most


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16))
def test_folds_of_single_rows_are_balanced(seed):
    strata = np.random.default_rng(seed).permutation(np.arange(100) % 2)
    numbers = folds(strata, np.arange(100), 5, seed=seed)
    table = np.zeros((5, 2), int)
    np.add.at(table, (numbers, strata), 1)
    assert table.tolist() == [[10, 10]] * 5


def test_the_same_seed_gives_the_same_part_and_another_gives_another():
    strata = np.arange(100) % 2
    parts = [split_off(strata, np.arange(100), 0.2, seed=seed) for seed in (3, 3, 4)]
    assert np.array_equal(parts[0], parts[1])
    assert not np.array_equal(parts[0], parts[2])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), min_size=1, max_size=40))
def test_duplicates_and_groups_stay_together(drawn):
    count = len(drawn)
    duplicate_of = np.array([min(first, row) for row, (first, _) in enumerate(drawn)])
    groups = np.array([f"patient {group}" for _, group in drawn])
    together = units(duplicate_of, groups)
    assert together.shape == (count,)
    assert np.array_equal(together, together[duplicate_of])
    for group in np.unique(groups):
        assert len(set(together[groups == group])) == 1


def test_a_duplicate_joins_two_groups_into_one_unit():
    together = units(np.array([0, 1, 0, 3, 4]), np.array(["a", "a", "b", "b", "c"]))
    assert len(set(together[:4])) == 1
    assert together[4] not in together[:4]


def test_rows_that_repeat_nothing_are_units_of_their_own():
    assert len(set(units(np.arange(5), None))) == 5


def test_strata_are_class_and_attribute_together_where_there_are_enough_rows():
    codes, kinds = np.arange(40) % 2, np.array(["mono", "poly"])[np.arange(40) // 2 % 2]
    assert len(set(strata_of(codes, [kinds], least=10))) == 4
    assert strata_of(codes, [kinds], least=11).tolist() == codes.tolist()


def test_strata_of_several_attributes_are_all_told_apart():
    cells = np.arange(80)
    attributes = [np.array(["x", "y"])[cells // 2 % 2], np.array(["1", "2"])[cells // 4 % 2]]
    strata = strata_of(cells % 2, attributes, least=2)
    assert len(set(strata)) == 8
    assert len({*zip(strata, cells % 2, cells // 2 % 2, cells // 4 % 2, strict=True)}) == 8


def test_single_rows_are_taken_until_their_stratum_has_its_share():
    strata, together = np.array([0] * 9 + [1] * 4 + [1] * 3), np.array([*range(13), 13, 13, 13])
    for seed in range(10):
        part = split_off(strata, together, 0.5, seed=seed)
        assert [int(part[strata == stratum].sum()) for stratum in (0, 1)] in ([4, 3], [4, 4])


def test_large_units_are_on_both_sides_as_often_as_small_ones():
    strata, together = np.zeros(100, dtype=np.int64), np.array([*np.repeat(np.arange(5), 4), *range(5, 85)])
    parts = np.array([split_off(strata, together, 0.2, seed=seed) for seed in range(300)])
    assert parts[:, :20].mean() == pytest.approx(0.2, abs=0.05)
    assert {int(part[:20].sum()) for part in parts} == {4}
    assert set(parts.sum(axis=1)) == {20}


@settings(max_examples=60, deadline=None)
@given(rows())
def test_a_sample_keeps_units_whole(drawn):
    strata, together, seed = drawn
    assert is_whole(sample(strata, together, 0.5, seed=seed), together)


def test_samples_of_groups_of_different_sizes_differ_between_seeds():
    together = np.repeat(np.arange(30), np.arange(1, 31))
    strata = np.arange(len(together)) % 2
    drawn = [sample(strata, together, 0.25, seed=seed) for seed in range(4)]
    assert len({tuple(mask) for mask in drawn}) == 4
    assert all(0.15 < mask.mean() < 0.35 for mask in drawn)


@pytest.fixture
def visited(monkeypatch):
    """The units that were looked at one by one; the others are taken all at once."""
    seen, found = [], splitting._unit_strata

    def watched(strata, together, some):
        seen.extend(some.tolist())
        return found(strata, together, some)

    monkeypatch.setattr(splitting, "_unit_strata", watched)
    return seen


def test_rows_alone_are_split_and_sampled_without_looking_at_each(visited):
    strata, together = np.arange(200_000) % 10, np.arange(200_000)
    assert np.bincount(folds(strata, together, 5, seed=0)).tolist() == [40_000] * 5
    assert np.bincount(strata[sample(strata, together, 0.2, seed=0)]).tolist() == [4_000] * 10
    assert visited == []


def test_rows_alone_are_sampled_in_random_order_as_long_as_more_than_half_a_row_is_missing():
    strata, together = np.repeat([0, 1], [15, 4]), np.random.default_rng(0).permutation(19)
    taken = sample(strata, together, 0.1, seed=3)
    first = np.random.default_rng(3).permutation(19)
    assert np.bincount(strata[taken], minlength=2).tolist() == [1, 0]
    assert together[taken].tolist() == [next(unit for unit in first if strata[together == unit] == 0)]


def visited_in_order(strata, together, share, seed):
    """Return what a sample is by its definition: unit after unit in random order, as long as that comes nearer."""
    missing, taken = np.bincount(strata) * share, np.zeros(len(strata), dtype=bool)
    for unit in np.random.default_rng(seed).permutation(together.max() + 1):
        size = np.bincount(strata[together == unit], minlength=len(missing))
        if np.sum((missing - size) ** 2) < np.sum(missing**2):
            taken |= together == unit
            missing = missing - size
    return taken


@settings(max_examples=60, deadline=None)
@given(rows(), st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_units_of_one_row_are_sampled_among_the_others_as_they_come(drawn, share):
    strata, together, seed = drawn
    _, together = np.unique(together, return_inverse=True)
    np.testing.assert_array_equal(
        sample(strata, together, share, seed=seed), visited_in_order(strata, together, share, seed)
    )


def test_of_many_rows_only_the_copies_are_looked_at_one_by_one(visited):
    strata, together = np.arange(400_000) % 10, np.maximum(np.arange(400_000) - 1, 0)
    taken = sample(strata, together, 0.2, seed=0)
    assert visited == [0]
    assert taken.sum() == pytest.approx(80_000, abs=20)
    assert taken[0] == taken[1]
