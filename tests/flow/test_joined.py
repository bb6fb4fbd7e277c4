import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.flow.joined import join_test
from warmstart.flow.load import load
from warmstart.flow.split import describe_rows, make_split
from warmstart.readers.arrays import Examples

WORDS = ("lamp", "river", "stone", "cloud", "horse", "paper", "glass", "engine", "garden", "violin")
TEXTS = [f"{one} beside a {two}" for one in WORDS for two in WORDS]


def loaded(decoder, texts, labels=None, **changes):
    return load(Examples(texts, labels or ["ab"[row % 2] for row in range(len(texts))], **changes), decoder=decoder)


def test_test_data_is_appended_as_the_test_part(decoder):
    joined = join_test(loaded(decoder, TEXTS[:60]), loaded(decoder, TEXTS[60:]))
    assert len(joined.dataset) == 100
    assert joined.dataset.roles == ("",) * 60 + ("test",) * 40
    assert joined.dataset.inputs[0].cells == TEXTS
    assert joined.dataset.ids[59:61] == ("row 60", "test: row 1")
    assert len(set(joined.dataset.ids)) == 100
    assert joined.facts.rows == 100


def test_a_row_that_both_hold_is_named_and_tied_together(decoder):
    joined = join_test(loaded(decoder, TEXTS[:60]), loaded(decoder, TEXTS[58:98]))
    assert {frozenset(pair) for pair in joined.facts.across} == {
        frozenset({"row 59", "test: row 1"}),
        frozenset({"row 60", "test: row 2"}),
    }
    assert joined.duplicate_of[60:63].tolist() == [58, 59, 62]
    rows = describe_rows(joined.dataset, joined.task, joined.duplicate_of)
    split = make_split(joined.dataset, rows, test_size=0.2, seed=0, seen=np.zeros(100, bool))
    assert split.rows("test").tolist() == list(range(60, 100))
    assert split.rows("reference").tolist() == [58, 59]


def test_a_row_that_repeats_within_the_training_data_and_in_the_test_data_is_nowhere_trained_on(decoder):
    joined = join_test(loaded(decoder, [*TEXTS[:59], TEXTS[0]]), loaded(decoder, [TEXTS[0], *TEXTS[60:99]]))
    rows = describe_rows(joined.dataset, joined.task, joined.duplicate_of)
    split = make_split(joined.dataset, rows, test_size=0.2, seed=0, seen=np.zeros(100, bool))
    assert split.rows("reference").tolist() == [0, 59]


def test_unreadable_test_rows_are_named_too(decoder):
    joined = join_test(loaded(decoder, TEXTS[:20]), loaded(decoder, [*TEXTS[20:40], " "]))
    assert [reason for _, reason in joined.facts.skipped] == ["is empty"]


def test_groups_are_kept_only_where_both_have_them(decoder):
    one = loaded(decoder, TEXTS[:20], groups=["g"] * 20)
    assert join_test(one, loaded(decoder, TEXTS[20:40], groups=["h"] * 20)).dataset.groups == ("g",) * 20 + ("h",) * 20
    assert join_test(one, loaded(decoder, TEXTS[20:40])).dataset.groups is None


def test_rows_without_a_group_are_no_unit_with_those_of_the_test_data(decoder):
    one = loaded(decoder, TEXTS[:20], groups=[None] * 20)
    two = loaded(decoder, TEXTS[20:40], groups=[None] * 19 + ["g"])
    groups = join_test(one, two).dataset.groups
    assert len(set(groups)) == 40
    assert (groups[4], groups[24]) == ("row 5 alone", "test: row 5 alone")
    assert groups[-1] == "g"


def test_a_class_that_was_never_trained_is_refused(decoder):
    with pytest.raises(DataError, match=r"The test data has the class 'c', and the training data has no row of it\."):
        join_test(loaded(decoder, TEXTS[:20]), loaded(decoder, TEXTS[20:40], ["a", "c"] * 10))


def test_test_data_of_another_modality_is_refused(decoder):
    pictures = load(
        Examples(np.random.default_rng(0).integers(0, 255, (4, 40, 40, 3), np.uint8), [*"abab"]), decoder=decoder
    )
    with pytest.raises(DataError, match="The test data must hold text inputs, as the training data does"):
        join_test(loaded(decoder, TEXTS[:20]), pictures)
