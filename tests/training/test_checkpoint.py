import numpy as np
import pytest

from warmstart.errors import StoreError
from warmstart.training import checkpoint
from warmstart.training.checkpoint import load_checkpoint, save_checkpoint

HISTORY = [{"epoch": 1, "loss": 0.5, "seconds": 1.25}]


def tensors(value=1.0):
    return {
        "0.value": np.full((2, 3), value, np.float32),
        "0.step": np.array(7.0, np.float32),
        "buffer.count": np.array(3, np.int64),
        "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    }


def test_what_is_saved_is_read_back_with_its_shapes_and_types(tmp_path):
    save_checkpoint(tmp_path / "state", tensors(), HISTORY)
    saved = load_checkpoint(tmp_path / "state")
    assert saved.history == HISTORY
    assert saved.tensors.keys() == tensors().keys()
    for name, value in tensors().items():
        assert saved.tensors[name].shape == value.shape
        assert saved.tensors[name].dtype == value.dtype
        np.testing.assert_array_equal(saved.tensors[name], value)


def test_where_nothing_was_saved_there_is_none(tmp_path):
    assert load_checkpoint(tmp_path / "state") is None
    (tmp_path / "state").mkdir()
    assert load_checkpoint(tmp_path / "state") is None


def test_the_newer_takes_the_place_of_the_older(tmp_path):
    save_checkpoint(tmp_path / "state", tensors(1.0), HISTORY)
    save_checkpoint(tmp_path / "state", tensors(2.0), [*HISTORY, *HISTORY])
    saved = load_checkpoint(tmp_path / "state")
    assert saved.tensors["0.value"][0, 0] == 2.0
    assert len(saved.history) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("step", ["save_file", "strict_json"])
def test_one_that_breaks_off_leaves_the_older_whole(tmp_path, monkeypatch, step):
    save_checkpoint(tmp_path / "state", tensors(1.0), HISTORY)

    class Broken:
        def __call__(self, *arguments):
            raise KeyboardInterrupt

        save = __call__

    monkeypatch.setattr(checkpoint, step, Broken())
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path / "state", tensors(2.0), [*HISTORY, *HISTORY])
    monkeypatch.undo()
    saved = load_checkpoint(tmp_path / "state")
    assert saved.tensors["0.value"][0, 0] == 1.0
    assert saved.history == HISTORY


def test_a_damaged_history_is_refused_and_not_taken_for_none(tmp_path):
    save_checkpoint(tmp_path / "state", tensors(), HISTORY)
    (tmp_path / "state" / "history.json").write_text('[{"epoch": 1', encoding="utf-8")
    with pytest.raises(StoreError, match=r"history\.json"):
        load_checkpoint(tmp_path / "state")
