"""Every strategy keeps the contract of `strategies/_base.py`, whichever file brings it."""

import dataclasses

import numpy as np
import pytest

from tests.tiny_tasks import TOLERANCE, answers, saved_and_reloaded
from warmstart.core.catalog import catalog, part
from warmstart.strategies._base import Assignment

EPOCHS = 2


@pytest.fixture(params=["image", "text"])
def tiny(request):
    return request.getfixturevalue(f"{request.param}_task")


@pytest.fixture(params=sorted(catalog("strategies")))
def strategy(request):
    return part("strategies", request.param)()


def assigned(tiny, setting, **changes):
    values = {"rows": tiny.train, "folds": tiny.folds, "validation": tiny.held, "seed": 0, "setting": setting}
    return Assignment(**values | changes)


def probe(tiny):
    last = tiny.material.backbone.stages[-1].name
    return part("strategies", "probe")().fit(tiny.material, assigned(tiny, {"stages": "all", "cut": last}))


def fitted(strategy, tiny, setting=None, **changes):
    chosen = setting or strategy.settings(tiny.material.backbone)[0]
    extra = {"epochs": EPOCHS, "start": probe(tiny)} if strategy.iterative else {}
    return strategy.fit(tiny.material, assigned(tiny, chosen, **extra | changes))


def test_there_are_strategies():
    assert {"probe", "prototypes", "partial", "full"} <= set(catalog("strategies"))


def test_every_setting_names_a_cut_of_the_source(strategy, tiny):
    settings = strategy.settings(tiny.material.backbone)
    assert settings
    names = ["input", *(stage.name for stage in tiny.material.backbone.stages)]
    assert {setting["cut"] for setting in settings} <= set(names)


def test_gives_probabilities_for_every_row_and_says_what_it_cost(strategy, tiny):
    model = fitted(strategy, tiny)
    proba = model.predict_proba(tiny.material.representation, tiny.every)
    assert proba.shape == (len(tiny.every), 2)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    assert model.seconds_ > 0
    assert len(model.history_) == (EPOCHS if strategy.iterative else 0)


def test_the_same_seed_gives_the_same_model(strategy, tiny):
    first, second = (fitted(strategy, tiny).predict_proba(tiny.material.representation, tiny.held) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_labels_outside_the_assigned_rows_change_nothing(strategy, tiny):
    hidden = np.concatenate([tiny.material.codes[tiny.train], np.full(len(tiny.held), -1)])
    seen = fitted(strategy, tiny, validation=np.zeros(0, np.int64))
    blind = fitted(
        strategy,
        dataclasses.replace(tiny, material=dataclasses.replace(tiny.material, codes=hidden)),
        validation=np.zeros(0, np.int64),
    )
    rows, inputs = tiny.held, tiny.material.representation
    np.testing.assert_array_equal(seen.predict_proba(inputs, rows), blind.predict_proba(inputs, rows))


def test_fitting_again_follows_what_was_learned_on_validation(strategy, tiny):
    first = fitted(strategy, tiny)
    setting = {**strategy.settings(tiny.material.backbone)[0], **first.learned_}
    again = fitted(strategy, tiny, setting, validation=np.zeros(0, np.int64))
    rows, inputs = tiny.held, tiny.material.representation
    np.testing.assert_allclose(again.predict_proba(inputs, rows), first.predict_proba(inputs, rows), atol=1e-6)


def test_saved_and_reloaded_it_gives_the_same_predictions(strategy, tiny, tmp_path):
    model = fitted(strategy, tiny)
    bundle = saved_and_reloaded(tiny, model, tmp_path / "bundle")
    expected = model.predict_prepared(tiny.material.representation.boundaries[0].batch(tiny.every))
    assert np.abs(answers(tiny, bundle, tiny.every) - expected).max() <= TOLERANCE


def test_a_strong_l2_sp_keeps_the_sources_weights(strategy, tiny):
    if not strategy.anchored:
        pytest.skip("not applicable: it does not train the source's own weights from where they are")
    start, settings = fitted(strategy, tiny, epochs=0).weights, strategy.settings(tiny.material.backbone)[0]

    def furthest(setting):
        return max(np.abs(value - start[name]).max() for name, value in fitted(strategy, tiny, setting).weights.items())

    assert furthest({**settings, "l2_sp": 1e6}) < 1e-7 < furthest(settings)


def test_a_fit_that_was_stopped_goes_on_to_the_same_model(strategy, tiny, tmp_path):
    if not strategy.iterative:
        pytest.skip("not applicable: it has a closed form and trains in no epochs")
    whole = fitted(strategy, tiny)
    fitted(strategy, tiny, checkpoint=tmp_path / "state", stop_after=1)
    resumed = fitted(strategy, tiny, checkpoint=tmp_path / "state")
    rows, inputs = tiny.held, tiny.material.representation
    np.testing.assert_array_equal(resumed.predict_proba(inputs, rows), whole.predict_proba(inputs, rows))
