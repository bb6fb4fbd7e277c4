"""Every way of pre-training keeps the contract of `pretraining/_base.py`, whichever file brings it."""

from collections import Counter

import numpy as np
import pytest
import torch

from warmstart.core.catalog import catalog, parts
from warmstart.pretraining._base import Lesson
from warmstart.training.recipe import Recipe
from warmstart.training.self_supervised import Rounds, SelfSupervised, hold

CUT, SEED = 1, 3


PAIRS = [(kind, modality) for kind in parts("pretraining") for modality in kind.modalities]


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0].name}-{pair[1]}")
def pair(request):
    return request.param


@pytest.fixture
def objective(pair):
    return pair[0]()


@pytest.fixture
def taught(pair, objective, request):
    """A lesson on a tiny task of the modality, the head, and its rows: a task of all of them, where it takes tasks."""
    tiny = request.getfixturevalue(f"{pair[1]}_task")
    backbone, codes = tiny.material.backbone, tiny.material.codes
    inputs = tiny.material.representation.boundaries[CUT if objective.episodic else 0]
    lesson = Lesson(backbone, backbone.build(), inputs, CUT)
    hold(lesson.module, CUT)
    torch.manual_seed(SEED)
    rows = np.stack([np.flatnonzero(codes == code) for code in (0, 1)]) if objective.episodic else tiny.every
    return lesson, objective.head(lesson), rows


def loss_of(objective, taught, *, seed=0):
    lesson, head, rows = taught
    torch.manual_seed(seed)
    lesson.module.train()
    head.train()
    return objective.loss(lesson, head, rows)


def test_every_modality_has_one_default_with_labels_and_one_without():
    assert {"masked-language", "prototypical", "vicreg"} <= set(catalog("pretraining"))
    defaults = Counter((modality, kind.episodic) for kind, modality in PAIRS if kind.by_default)
    assert set(defaults.values()) == {1}
    assert set(defaults) == {(modality, kind.episodic) for kind, modality in PAIRS}


def test_gives_a_finite_loss_that_torchs_seed_decides(objective, taught):
    first, second, other = (float(loss_of(objective, taught, seed=seed).detach()) for seed in (0, 0, 1))
    assert np.isfinite(first)
    assert first == second != other


def test_moves_what_lies_above_the_cut_and_the_head_and_nothing_below(objective, taught):
    lesson, head, _ = taught
    loss_of(objective, taught).backward()
    above = [value.grad for value in lesson.module.top(CUT) if value.requires_grad]
    assert any(grad is not None and grad.abs().sum() > 0 for grad in above)
    assert any(value.grad is not None and value.grad.abs().sum() > 0 for value in head.parameters())
    assert all(value.grad is None for value in lesson.module.trunk(CUT))


def test_training_lowers_the_loss_and_leaves_the_norms_of_the_source_alone(objective, taught):
    lesson, head, rows = taught
    norms = {name: value.clone() for name, value in lesson.module.named_buffers()}
    training = SelfSupervised(
        module=lesson.module,
        head=head,
        loss=lambda batch: objective.loss(lesson, head, batch),
        probe=lambda: np.zeros(1),
        draw=lambda step: rows,
        recipe=Recipe(epochs=1, rate=1e-2, head_rate=1e-2, batch=len(rows)),
        rounds=Rounds(steps=20, most=2, patience=2),
        seed=SEED,
    )
    found = training.fit()
    assert found.history[1]["loss"] < found.history[0]["loss"]
    after = dict(lesson.module.named_buffers())
    assert all(torch.equal(value, after[name]) for name, value in norms.items())
