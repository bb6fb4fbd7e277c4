from types import SimpleNamespace

import numpy as np
import pytest

from tests.training.tiny_material import NAMES, ROWS, material
from warmstart.training.from_scratch import train_from_scratch

EVERY = np.arange(ROWS)


@pytest.fixture(scope="module")
def given():
    return material()


def trained(given, *, rows=EVERY, epochs=2, seed=0, checkpoint=None, watch=None):
    terms = SimpleNamespace(epochs=epochs, seed=seed, checkpoint=checkpoint, watch=watch)
    return train_from_scratch(given, rows, terms)


def test_nothing_of_the_source_is_left(given):
    model = trained(given, epochs=0, seed=5)
    source = given.backbone.build().state_dict()
    weights = [name for name, value in model.weights.items() if value.ndim > 1]
    assert len(weights) == 3
    for name in weights:
        assert abs(np.corrcoef(model.weights[name].ravel(), source[name].numpy().ravel())[0, 1]) < 0.9
        assert not np.array_equal(model.weights[name], source[name].numpy())


def test_everything_is_trained_with_a_head_on_the_last_stage(given):
    before, after = (trained(given, epochs=epochs) for epochs in (0, 2))
    assert (after.cut, after.stages) == (0, NAMES[-1:])
    changed = {name for name, value in after.weights.items() if not np.array_equal(value, before.weights[name])}
    assert {name.split(".")[1] for name in changed} == {"0", "1", "2"}
    assert any("running_mean" in name for name in changed)


def test_it_learns(given):
    model = trained(given, epochs=10)
    assert model.history_[-1]["loss"] < model.history_[0]["loss"]
    assert len(model.history_) == 10


def test_the_seed_decides_the_weights(given):
    one, same, other = (trained(given, seed=seed).head.weight for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_killed_training_goes_on_to_the_same_weights(given, tmp_path):
    def kill(epoch, seconds):
        if epoch == 2:
            raise KeyboardInterrupt

    whole = trained(given, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        trained(given, epochs=3, checkpoint=tmp_path / "state", watch=kill)
    epochs = []
    resumed = trained(given, epochs=3, checkpoint=tmp_path / "state", watch=lambda epoch, seconds: epochs.append(epoch))
    assert epochs == [2, 3]
    assert all(np.array_equal(whole.weights[name], resumed.weights[name]) for name in whole.weights)
    np.testing.assert_array_equal(whole.head.weight, resumed.head.weight)


def test_every_epoch_is_told(given):
    told = []
    trained(given, epochs=3, watch=lambda epoch, seconds: told.append((epoch, seconds >= 0)))
    assert told == [(1, True), (2, True), (3, True)]
