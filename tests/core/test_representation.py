import numpy as np
import pytest

from warmstart.core.representation import Dense, Ragged, Representation, read_rows


@pytest.fixture
def on_disk(tmp_path):
    values = np.arange(60, dtype=np.float32).reshape(10, 6)
    np.save(tmp_path / "values.npy", values)
    return np.load(tmp_path / "values.npy", mmap_mode="r"), values


def test_rows_of_an_array_on_disk_are_copied_out_of_it(on_disk):
    mapped, values = on_disk
    found = read_rows(mapped, np.array([7, 2, 2]))
    np.testing.assert_array_equal(found, values[[7, 2, 2]])
    found[0] = 0
    np.testing.assert_array_equal(mapped, values)


def test_rows_can_be_read_again_after_their_pages_were_let_go(on_disk):
    mapped, values = on_disk
    for _ in range(3):
        np.testing.assert_array_equal(read_rows(mapped, np.arange(10)), values)


def test_features_of_stages_stand_side_by_side_in_the_order_asked_for():
    pooled = {"low": np.arange(8.0).reshape(4, 2), "high": -np.arange(12.0).reshape(4, 3)}
    seen = Representation("key", pooled, {})
    assert len(seen) == 4
    assert seen.features(["low", "high"], np.array([1])).tolist() == [[2, 3, -3, -4, -5]]
    assert seen.features(["high", "low"], np.array([1])).tolist() == [[-3, -4, -5, 2, 3]]


def test_dense_items_come_as_one_array_under_their_name():
    boundary = Dense("hidden", np.arange(24).reshape(4, 2, 3))
    assert len(boundary) == 4
    assert boundary.lengths().tolist() == [1] * 4
    np.testing.assert_array_equal(boundary.batch(np.array([3, 0]))["hidden"], np.arange(24).reshape(4, 2, 3)[[3, 0]])


def test_sequences_are_padded_to_the_longest_of_the_batch_and_masked():
    boundary = Ragged("hidden", np.arange(12).reshape(6, 2) + 1, np.array([0, 1, 4, 6]))
    assert boundary.lengths().tolist() == [1, 3, 2]
    batch = boundary.batch(np.array([2, 0]))
    assert batch["hidden"].tolist() == [[[9, 10], [11, 12]], [[1, 2], [0, 0]]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert boundary.batch(np.array([1]))["hidden"].shape == (1, 3, 2)


def test_token_ids_are_ragged_without_a_width():
    boundary = Ragged("input_ids", np.array([5, 6, 7], np.int32), np.array([0, 2, 3]))
    assert len(boundary) == 2
    assert boundary.batch(np.array([0, 1]))["input_ids"].tolist() == [[5, 6], [7, 0]]
