import dataclasses

import numpy as np
import pytest
import torch

from tests.training import tiny_material
from tests.training.tiny_material import NAMES, ROWS
from warmstart.strategies._base import Assignment
from warmstart.training import contrastive
from warmstart.training.contrastive import draw_together, pair_loss

EVERY = np.arange(ROWS)


@pytest.fixture(scope="module")
def given():
    return tiny_material.material()


def assignment(given, *, epochs=8, **changes):
    start = tiny_material.probe(given)
    folds = np.zeros(ROWS, dtype=np.int64)
    asked = Assignment(EVERY, folds, EVERY[:0], 0, {"cut": NAMES[0]}, epochs=epochs, start=start)
    return dataclasses.replace(asked, **changes)


def cosine_loss(given, model):
    last = model.pooled(given.representation, EVERY)[NAMES[-1]]
    return float(pair_loss(torch.from_numpy(last[:, : last.shape[1] // 2]), torch.from_numpy(given.codes)))


def test_classes_on_orthogonal_lines_cost_nothing():
    embeddings = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, 1.0]])
    assert pair_loss(embeddings, torch.tensor([0, 0, 1, 1])) == pytest.approx(0.0)


def test_pairs_within_and_between_classes_count_alike_however_many_there_are():
    same = torch.ones(10, 2)
    codes = torch.tensor([0] * 9 + [1])
    assert pair_loss(same, codes) == pytest.approx(0.5)


def test_rows_of_one_class_have_no_pairs_between_classes():
    apart = torch.eye(3)
    assert pair_loss(apart, torch.zeros(3, dtype=torch.long)) == pytest.approx(0.5)


def test_training_draws_classes_together_and_changes_nothing_below_the_cut(given, monkeypatch):
    monkeypatch.setattr(contrastive, "RATE", 0.03)
    untouched, tuned = tiny_material.probe(given), draw_together(given, assignment(given, epochs=40))
    assert cosine_loss(given, tuned) < 0.8 * cosine_loss(given, untouched)
    assert {name.split(".")[1] for name in tuned.weights} == {"1", "2"}
    below = [(name, value) for name, value in untouched.module.state_dict().items() if name.startswith("stages.0")]
    after = tuned.module.state_dict()
    assert below
    assert all(torch.equal(value, after[name]) for name, value in below)


def test_labels_of_other_rows_are_not_read(given):
    rows = EVERY[:16]
    hidden = np.where(EVERY < 16, given.codes, -1)
    seen = draw_together(given, assignment(given, rows=rows))
    blind = draw_together(dataclasses.replace(given, codes=hidden), assignment(given, rows=rows))
    assert all(np.array_equal(seen.weights[name], blind.weights[name]) for name in seen.weights)


def test_every_pass_is_told_and_kept(given):
    told = []
    tuned = draw_together(given, assignment(given, epochs=3, watch=lambda epoch, seconds: told.append(epoch)))
    assert told == [1, 2, 3]
    assert [row["epoch"] for row in tuned.history_] == told
