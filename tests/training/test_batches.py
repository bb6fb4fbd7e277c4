import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.training.batches import shuffled_batches

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=300).map(np.array)
SIZES = st.integers(1, 40)


@settings(max_examples=60, deadline=None)
@given(LENGTHS, SIZES, st.integers(0, 9), st.integers(0, 9))
def test_every_row_is_in_exactly_one_batch(lengths, size, seed, epoch):
    batches = shuffled_batches(lengths, size, seed=seed, epoch=epoch)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size
    assert len(batches) == -(-len(lengths) // size)


def test_the_seed_and_the_epoch_fix_the_order():
    lengths = np.arange(100) % 7

    def order(seed, epoch):
        return np.concatenate(shuffled_batches(lengths, 8, seed=seed, epoch=epoch)).tolist()

    assert order(0, 1) == order(0, 1)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_batches_are_of_like_length():
    lengths = np.random.default_rng(0).integers(1, 200, 1600)
    batches = shuffled_batches(lengths, 16, seed=0, epoch=0)
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.25 * lengths.sum()


def test_long_batches_come_at_any_time():
    lengths = np.random.default_rng(0).integers(1, 200, 1600)
    means = [lengths[batch].mean() for batch in shuffled_batches(lengths, 16, seed=0, epoch=0)]
    assert abs(np.corrcoef(np.arange(len(means)), means)[0, 1]) < 0.3


def test_no_two_epochs_share_their_batches():
    sets = [
        {frozenset(batch.tolist()) for batch in shuffled_batches(np.ones(64, int), 8, seed=0, epoch=epoch)}
        for epoch in range(3)
    ]
    assert not sets[0] & sets[1]
    assert not sets[1] & sets[2]
