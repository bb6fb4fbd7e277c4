import numpy as np
import pytest
import torch

from tests.training.tiny_material import material
from warmstart.training import timing
from warmstart.training.timing import STEPS, seconds_of_step, seconds_per_row


@pytest.fixture(scope="module")
def given():
    return material()


@pytest.fixture
def feeds():
    return {"pixels": np.zeros((8, 12, 12, 3), np.uint8)}


def test_every_cut_has_its_seconds_a_row(given, feeds):
    found = seconds_per_row(given.backbone, feeds, [0, 1, 2])
    assert set(found) == {0, 1, 2}
    assert all(0 < seconds < np.inf for seconds in found.values())


def test_the_first_step_does_not_count_and_the_fastest_other_does(given, feeds, monkeypatch):
    clock = iter(np.cumsum([step for seconds in (9.0, 0.8, 0.4) for step in (1.0, seconds)]))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    assert STEPS == 2
    assert seconds_per_row(given.backbone, feeds, [1]) == {1: pytest.approx(0.4 / 8)}


def test_of_a_loss_too_the_fastest_time_but_the_first_counts(monkeypatch):
    clock = iter(np.cumsum([step for seconds in (9.0, 0.8, 0.4) for step in (1.0, seconds)]))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    weight = torch.ones(1, requires_grad=True)
    assert seconds_of_step(weight.sum) == pytest.approx(0.4)
    assert float(weight.grad) == STEPS + 1


def test_only_what_lies_above_the_cut_is_trained(given, feeds, monkeypatch):
    trained = []
    optimizer = timing.torch.optim.AdamW

    def note(parameters, **options):
        trained.append(sum(value.numel() for value in parameters))
        return optimizer(parameters, **options)

    monkeypatch.setattr(timing.torch.optim, "AdamW", note)
    seconds_per_row(given.backbone, feeds, [0, 1, 2])
    assert trained == sorted(trained, reverse=True)
    assert len(set(trained)) == 3


def test_the_networks_weights_are_left_as_they_are(given, feeds, monkeypatch):
    module = given.backbone.build()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    monkeypatch.setattr(type(module), "to", lambda self, **options: self)
    backbone = type(given.backbone)(given.backbone.card, given.backbone.stages, {}, lambda: module)
    seconds_per_row(backbone, feeds, [0])
    after = module.state_dict()
    assert all(np.array_equal(value, after[name]) for name, value in before.items())


def test_texts_are_timed_at_their_mean_length(given, monkeypatch):
    mask = (np.arange(10) < np.array([[2], [10]])).astype(np.int64)
    seen = []
    monkeypatch.setattr(timing, "_measure", lambda module, feeds, cut, last: seen.append(feeds) or 1.0)
    seconds_per_row(given.backbone, {"input_ids": np.ones((2, 10), np.int64), "attention_mask": mask}, [1])
    assert {name: values.shape for name, values in seen[0].items()} == {"input_ids": (2, 6), "attention_mask": (2, 6)}
