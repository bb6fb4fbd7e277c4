import dataclasses

import numpy as np
import pytest
import torch

from tests.training import tiny_material
from tests.training.tiny_material import NAMES, ROWS
from warmstart.errors import NotApplicable
from warmstart.learning.linear import LinearHead
from warmstart.training.checkpoint import load_checkpoint
from warmstart.training.loop import Loop
from warmstart.training.recipe import Recipe


@pytest.fixture(scope="module")
def backbone():
    return tiny_material.backbone()


@pytest.fixture(scope="module")
def seen(backbone):
    """What the network sees in light and dark images."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 128, (ROWS, 12, 12, 3), dtype=np.uint8)
    pixels[::2] += 100
    return tiny_material.seen(backbone, pixels)


def loop(backbone, seen, *, cut=1, stages=NAMES, module=None, **changes):
    width = sum(seen.pooled[name].shape[1] for name in stages)
    ones, rng = np.ones(width, np.float32), np.random.default_rng(1)
    start = LinearHead(0 * ones, ones, rng.normal(0, 0.1, (2, width)).astype(np.float32), np.zeros(2, np.float32))
    values = {
        "backbone": backbone,
        "module": module or backbone.build(),
        "start": start,
        "stages": stages,
        "cut": cut,
        "views": [seen],
        "codes": np.arange(ROWS) % 2,
        "recipe": Recipe(epochs=3, batch=8),
        "seed": 0,
    }
    return Loop(**values | changes)


def state_of(module, part):
    return {name: value.clone() for name, value in module.stages[part].state_dict().items()}


def is_same(before, module, part):
    after = module.stages[part].state_dict()
    return all(torch.equal(value, after[name]) for name, value in before.items())


def norms(module):
    found = [part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    return [value.clone() for norm in found for value in (norm.running_mean, norm.running_var)]


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_batchnorm_of_the_source_never_moves(backbone, seen, cut):
    module = backbone.build()
    before = norms(module)
    loop(backbone, seen, cut=cut, module=module).fit(np.arange(ROWS))
    assert all(torch.equal(one, two) for one, two in zip(before, norms(module), strict=True))


def test_stages_below_the_cut_never_move_and_those_above_do(backbone, seen):
    module = backbone.build()
    before = [state_of(module, part) for part in range(3)]
    loop(backbone, seen, cut=1, module=module).fit(np.arange(ROWS))
    assert [is_same(values, module, part) for part, values in enumerate(before)] == [True, False, False]


def test_frozen_stages_are_in_evaluation_mode_while_others_train(backbone, seen):
    module = backbone.build()
    modes = []
    running = loop(backbone, seen, cut=1, module=module)
    running.watch = lambda epoch, seconds: modes.append([stage.training for stage in module.stages])
    running.fit(np.arange(ROWS))
    assert modes == [[False, True, True]] * 3


def test_without_a_source_batchnorm_learns_its_statistics(backbone, seen):
    module = backbone.build()
    before = norms(module)
    recipe = Recipe(epochs=1, batch=8, hold_norms=False)
    loop(backbone, seen, cut=0, module=module, recipe=recipe).fit(np.arange(ROWS))
    assert not any(torch.equal(one, two) for one, two in zip(before, norms(module), strict=True))


def test_training_lowers_the_loss_and_keeps_a_row_an_epoch(backbone, seen):
    model = loop(backbone, seen, recipe=Recipe(epochs=8, batch=8, rate=1e-2, head_rate=1e-2)).fit(np.arange(ROWS))
    assert [row["epoch"] for row in model.history_] == list(range(1, 9))
    assert model.history_[-1]["loss"] < model.history_[0]["loss"]
    assert model.seconds_ == pytest.approx(sum(row["seconds"] for row in model.history_))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(backbone, seen):
    models = [loop(backbone, seen, seed=seed).fit(np.arange(ROWS)) for seed in (0, 0, 1)]
    first, second, third = (model.head.weight for model in models)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)


@pytest.mark.parametrize("cut", [0, 1])
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(backbone, seen, tmp_path, cut):
    whole = loop(backbone, seen, cut=cut).fit(np.arange(ROWS))
    loop(backbone, seen, cut=cut, checkpoint=tmp_path / "state").fit(np.arange(ROWS), stop_after=1)
    resumed = loop(backbone, seen, cut=cut, checkpoint=tmp_path / "state").fit(np.arange(ROWS))
    np.testing.assert_array_equal(whole.head.weight, resumed.head.weight)
    assert whole.weights.keys() == resumed.weights.keys()
    assert all(np.array_equal(whole.weights[name], resumed.weights[name]) for name in whole.weights)


@pytest.mark.parametrize("cut", [0, 1])
def test_held_near_the_source_it_goes_on_to_the_same_weights_and_stores_no_start(backbone, seen, tmp_path, cut):
    recipe = Recipe(epochs=3, batch=8, rate=1e-2, l2_sp=0.1)
    whole = loop(backbone, seen, cut=cut, recipe=recipe).fit(np.arange(ROWS))
    for kept, one in (("free", dataclasses.replace(recipe, l2_sp=0.0)), ("held", recipe)):
        loop(backbone, seen, cut=cut, recipe=one, checkpoint=tmp_path / kept).fit(np.arange(ROWS), stop_after=1)
    assert load_checkpoint(tmp_path / "held").tensors.keys() == load_checkpoint(tmp_path / "free").tensors.keys()
    resumed = loop(backbone, seen, cut=cut, recipe=recipe, checkpoint=tmp_path / "held").fit(np.arange(ROWS))
    assert all(np.array_equal(whole.weights[name], resumed.weights[name]) for name in whole.weights)
    np.testing.assert_array_equal(whole.head.weight, resumed.head.weight)


def test_from_scratch_it_goes_on_with_its_norms(backbone, seen, tmp_path):
    recipe = Recipe(epochs=3, batch=8, hold_norms=False)
    whole = loop(backbone, seen, cut=0, recipe=recipe).fit(np.arange(ROWS))
    loop(backbone, seen, cut=0, recipe=recipe, checkpoint=tmp_path / "state").fit(np.arange(ROWS), stop_after=2)
    resumed = loop(backbone, seen, cut=0, recipe=recipe, checkpoint=tmp_path / "state").fit(np.arange(ROWS))
    assert all(np.array_equal(whole.weights[name], resumed.weights[name]) for name in whole.weights)


def test_a_head_that_reads_no_stage_above_the_cut_can_be_checkpointed(backbone, seen, tmp_path):
    running = loop(backbone, seen, cut=1, stages=("stem",), checkpoint=tmp_path / "state")
    stopped = running.fit(np.arange(ROWS), stop_after=1)
    resumed = loop(backbone, seen, cut=1, stages=("stem",), checkpoint=tmp_path / "state").fit(np.arange(ROWS))
    assert len(stopped.history_) == 1
    assert len(resumed.history_) == 3


def test_what_it_returns_predicts_from_the_cache_what_the_network_gives_whole(backbone, seen):
    model = loop(backbone, seen, cut=1).fit(np.arange(ROWS))
    whole = dataclasses.replace(model, cut=0)
    rows = np.arange(ROWS)
    np.testing.assert_allclose(model.predict_proba(seen, rows), whole.predict_proba(seen, rows), atol=1e-5)


def test_a_training_that_diverges_says_so(backbone, seen):
    one = loop(backbone, seen)
    with torch.no_grad():
        for value in one.module.parameters():
            value.fill_(float("nan"))
    with pytest.raises(NotApplicable, match=r"no number any more in epoch 1, so that it had diverged\."):
        one.fit(np.arange(8))
