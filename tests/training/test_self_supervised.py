import numpy as np
import pytest
import torch
from torch import nn

from tests.training import tiny_material
from tests.training.tiny_material import ROWS
from warmstart.training.recipe import Recipe
from warmstart.training.self_supervised import Rounds, SelfSupervised, hold, passes_over, steps_an_epoch

PIXELS = np.random.default_rng(0).integers(0, 256, (ROWS, 12, 12, 3), dtype=np.uint8)


def every(rows):
    return passes_over(np.arange(rows), np.ones(rows, dtype=np.int64), 8, seed=0)


class Course:
    """A tiny network that is to tell how bright an image is, and what it was asked on the way."""

    def __init__(self, **changes):
        self.module = tiny_material.backbone().build()
        hold(self.module, 1)
        torch.manual_seed(0)
        self.head = nn.Linear(12, 1)
        self.seen = []
        values = {
            "module": self.module,
            "head": self.head,
            "loss": self.loss,
            "probe": self.probe,
            "draw": every(ROWS),
            "recipe": Recipe(epochs=1, batch=8),
            "rounds": Rounds(steps=4, most=3, patience=3),
            "seed": 0,
        }
        self.training = SelfSupervised(**values | changes)

    def loss(self, rows):
        self.seen.append(rows.tolist())
        feeds = {"pixels": torch.from_numpy(PIXELS[rows])}
        features = self.module.pool(self.module.run(self.module.enter(feeds), 0, 3))
        noise = torch.randn(len(rows), 1) * 0.01
        return (
            (self.head(features) - feeds["pixels"].float().mean(dim=(1, 2, 3))[:, None] / 255 + noise).square().mean()
        )

    def probe(self):
        assert not self.module.training
        return -np.array([float(self.loss(np.arange(ROWS)).detach())])

    def weights(self):
        return {name: value.numpy().copy() for name, value in self.module.state_dict().items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_it_goes_through_its_rounds_and_keeps_a_row_of_each():
    course = Course()
    found = course.training.fit()
    assert [row["round"] for row in found.history] == [1, 2, 3]
    assert found.best == int(np.argmax([row["probe"] for row in found.history])) + 1
    assert not found.settled


def test_rounds_in_which_the_head_alone_moves_do_not_end_it():
    recipe, rounds = Recipe(epochs=1, batch=8, head_first=0.1), Rounds(steps=1, most=40, patience=3)
    found = Course(recipe=recipe, rounds=rounds, probe=lambda: np.zeros(2)).training.fit()
    assert len(found.history) == 4 + 3
    assert found.settled


def test_a_round_that_diverged_is_never_the_best():
    scores = iter([0.5, np.nan, 0.4])
    found = Course(probe=lambda: np.array([next(scores)])).training.fit()
    assert found.best == 1
    assert found.history[1]["probe"] == 0


def test_an_epoch_passes_over_every_row_once_and_no_two_are_alike():
    course = Course(rounds=Rounds(steps=6, most=1, patience=1))
    course.training.fit()
    first, second = course.seen[:3], course.seen[3:6]
    assert [sorted(np.concatenate(epoch).tolist()) for epoch in (first, second)] == [list(range(ROWS))] * 2
    assert first != second


def test_what_is_left_over_of_an_epoch_is_not_a_batch():
    course = Course(draw=every(ROWS - 1))
    course.training.fit()
    assert all(len(rows) == 8 for rows in course.seen if len(rows) != ROWS)
    assert steps_an_epoch(ROWS - 1, 8) == 2
    assert steps_an_epoch(3, 8) == 1


def test_it_stops_once_the_probe_no_longer_improves_and_puts_the_best_weights_back():
    scores = iter([0.1, 0.3, 0.2, 0.2, 0.9])
    weights = []

    def probe():
        weights.append(course.weights())
        return np.array([next(scores)])

    course = Course(rounds=Rounds(steps=2, most=5, patience=2), probe=probe)
    found = course.training.fit()
    assert (found.best, found.settled, len(found.history)) == (2, True, 4)
    assert found.scores.tolist() == [0.3]
    assert same(course.weights(), weights[1])
    assert not same(course.weights(), weights[3])


def test_it_stops_where_there_is_no_time_for_another_round():
    found = Course(goes_on=lambda done: done < 2).training.fit()
    assert len(found.history) == 2
    assert not found.settled


@pytest.mark.parametrize("stopped", [1, 2])
def test_a_training_that_was_killed_goes_on_to_the_same_weights_and_scores(tmp_path, stopped):
    whole = Course()
    expected = whole.training.fit()
    Course(checkpoint=tmp_path / "state", goes_on=lambda done: done < stopped).training.fit()
    again = Course(checkpoint=tmp_path / "state")
    found = again.training.fit()
    assert [(row["loss"], row["probe"]) for row in found.history] == [
        (row["loss"], row["probe"]) for row in expected.history
    ]
    assert same(again.weights(), whole.weights())
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_a_finished_training_is_taken_up_as_it_ended(tmp_path):
    first = Course(checkpoint=tmp_path / "state")
    expected = first.training.fit()
    again = Course(checkpoint=tmp_path / "state")
    found = again.training.fit()
    assert again.seen == []
    assert found.history == expected.history
    assert same(again.weights(), first.weights())


def test_stages_below_the_cut_and_statistics_never_move():
    course = Course()
    before = course.weights()
    course.training.fit()
    after = course.weights()
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved
    assert not any(name.startswith("stages.0.") or "running" in name for name in moved)
