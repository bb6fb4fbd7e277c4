"""Every control keeps the contract of `controls/_base.py`, whichever file brings it."""

import contextlib
import dataclasses

import numpy as np
import pytest

from tests.tiny_tasks import TOLERANCE, answers, saved_and_reloaded
from warmstart.controls._base import Terms
from warmstart.core.catalog import catalog, part
from warmstart.errors import NotApplicable
from warmstart.runtime.decode import Decoder

APPLY = {"image": {"majority", "hog", "scratch", "untouched"}, "text": {"majority", "tf-idf", "scratch", "untouched"}}


@pytest.fixture(params=["image", "text"])
def tiny(request):
    return request.getfixturevalue(f"{request.param}_task")


@pytest.fixture(params=sorted(catalog("controls")))
def control(request, tiny):
    found = part("controls", request.param)()
    try:
        found.applies(tiny.material)
    except NotApplicable as reason:
        pytest.skip(f"not applicable: {reason}")
    return found


def prepared(control, tiny):
    with Decoder(workers=1) as decoder:
        return control.prepare(tiny.material, decoder)


def fitted(control, tiny, inputs):
    terms = Terms(seed=0, folds=tiny.folds, epochs=2 if control.iterative else 0)
    return control.fit(tiny.material, inputs, tiny.train, terms)


def test_every_control_applies_to_a_kind_of_input_or_says_why_not(tiny):
    applying = set()
    for name in catalog("controls"):
        with contextlib.suppress(NotApplicable):
            part("controls", name)().applies(tiny.material)
            applying.add(name)
    assert applying >= APPLY[tiny.material.dataset.modality]


def test_preparing_looks_at_no_label(control, tiny):
    unlabelled = dataclasses.replace(
        tiny.material, dataset=dataclasses.replace(tiny.material.dataset, labels=None), codes=np.full(40, -1)
    )
    blind = prepared(control, dataclasses.replace(tiny, material=unlabelled))
    learned = [fitted(control, tiny, one).predict_proba(one, tiny.held) for one in (prepared(control, tiny), blind)]
    np.testing.assert_array_equal(*learned)


def test_gives_probabilities_for_every_row(control, tiny):
    inputs = prepared(control, tiny)
    proba = fitted(control, tiny, inputs).predict_proba(inputs, tiny.every)
    assert proba.shape == (len(tiny.every), 2)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_model(control, tiny):
    inputs = prepared(control, tiny)
    first, second = (fitted(control, tiny, inputs).predict_proba(inputs, tiny.held) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_labels_outside_the_fitted_rows_change_nothing(control, tiny):
    inputs = prepared(control, tiny)
    hidden = np.concatenate([tiny.material.codes[tiny.train], np.full(len(tiny.held), -1)])
    blind = dataclasses.replace(tiny, material=dataclasses.replace(tiny.material, codes=hidden))
    first, second = (fitted(control, one, inputs).predict_proba(inputs, tiny.held) for one in (tiny, blind))
    np.testing.assert_array_equal(first, second)


def test_saved_and_reloaded_it_gives_the_same_predictions(control, tiny, tmp_path):
    inputs = prepared(control, tiny)
    model = fitted(control, tiny, inputs)
    bundle = saved_and_reloaded(tiny, model, tmp_path / "bundle")
    assert np.abs(answers(tiny, bundle, tiny.every) - model.predict_proba(inputs, tiny.every)).max() <= TOLERANCE
