import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.runtime.length_batches import TOKENS, length_batches

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=300).map(np.array)


@settings(max_examples=60, deadline=None)
@given(LENGTHS, st.integers(1, 40))
def test_every_row_is_in_exactly_one_batch_from_short_to_long(lengths, size):
    batches = list(length_batches(lengths, size))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert np.all(np.diff(lengths[np.concatenate(batches)]) >= 0)
    assert max(map(len, batches)) <= size
    assert len(batches) == -(-len(lengths) // size)


def test_a_batch_of_long_rows_is_bounded_by_its_padded_tokens():
    lengths = np.array([10] * 8 + [400] * 8)
    batches = list(length_batches(lengths, 8, tokens=1000))
    assert sorted(np.concatenate(batches)) == list(range(16))
    assert all(len(batch) * lengths[batch].max() <= 1000 for batch in batches)


def test_without_a_size_the_tokens_alone_bound_it():
    lengths = np.random.default_rng(0).integers(1, 512, 300)
    batches = list(length_batches(lengths))
    assert sorted(np.concatenate(batches).tolist()) == list(range(300))
    assert max(len(batch) * lengths[batch].max() for batch in batches) <= TOKENS


def test_a_row_longer_than_the_budget_goes_alone():
    assert [batch.tolist() for batch in length_batches(np.array([9000, 3]))] == [[1], [0]]
