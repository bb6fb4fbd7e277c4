import numpy as np

from warmstart.learning.groups import FEWEST_ROWS, groups_of


def members(groups, place, side):
    return getattr(groups, side)[place][groups.pattern]


def test_every_value_is_compared_with_the_others():
    kind = np.array(["mono"] * 40 + ["poly"] * 60)
    groups = groups_of({"kind": kind})
    assert [(group.value, group.rows, group.rest) for group in groups.judged] == [("poly", 60, 40), ("mono", 40, 60)]
    np.testing.assert_array_equal(members(groups, 0, "inside"), kind == "poly")
    np.testing.assert_array_equal(members(groups, 0, "outside"), kind == "mono")


def test_two_attributes_make_the_groups_of_both_together():
    kind, site = np.array(["a", "b"]).repeat(80), np.tile(["north", "south"], 80)
    groups = groups_of({"kind": kind, "site": site})
    joined = [group for group in groups.judged if group.attribute == "kind × site"]
    assert sorted(group.value for group in joined) == ["a × north", "a × south", "b × north", "b × south"]
    place = groups.judged.index(next(group for group in joined if group.value == "a × north"))
    np.testing.assert_array_equal(members(groups, place, "inside"), (kind == "a") & (site == "north"))


def test_a_small_group_says_how_many_rows_it_lacks_and_is_in_the_rest_of_others():
    groups = groups_of({"site": np.array(["n"] * 50 + ["s"] * 50 + ["w"] * 12)})
    [small] = groups.small
    assert (small.value, small.missing, small.is_judged) == ("w", FEWEST_ROWS - 12, False)
    assert {group.rest for group in groups.judged} == {62}


def test_a_group_whose_rest_is_small_is_not_judged_either():
    groups = groups_of({"site": np.array(["n"] * 95 + ["s"] * 5)})
    assert groups.judged == ()
    assert [group.missing for group in groups.small] == [0, FEWEST_ROWS - 5]


def test_rows_of_unknown_value_are_on_neither_side():
    site = np.array(["n"] * 40 + ["s"] * 40 + [""] * 20)
    groups = groups_of({"site": site})
    assert {group.rows + group.rest for group in groups.judged} == {80}
    assert not members(groups, 0, "inside")[80:].any()
    assert not members(groups, 0, "outside")[80:].any()
