import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from tests.training.tiny_material import NAMES, ROWS, material, probe
from warmstart.training import fine_tuning
from warmstart.training.fine_tuning import average, blend, blends, fine_tune

EVERY = np.arange(ROWS)


@pytest.fixture(scope="module")
def given():
    return material()


def request(start, *, cut="stem", **changes):
    values = {"rows": EVERY, "start": start, "setting": {"cut": cut}, "epochs": 2, "seed": 0}
    return SimpleNamespace(**{"checkpoint": None, "watch": None, "stop_after": None, **values, **changes})


@pytest.fixture(scope="module")
def tuned(given):
    return fine_tune(given, request(probe(given)))


def test_it_starts_from_the_probe(given):
    start = probe(given)
    still = fine_tune(given, request(start, epochs=0))
    np.testing.assert_array_equal(still.head.weight, start.head.weight)
    answers = [one.predict_proba(given.representation, EVERY) for one in (start, still)]
    np.testing.assert_allclose(*answers, atol=1e-5)


def test_it_changes_what_lies_above_the_cut_only(given, tuned):
    assert {name.split(".")[1] for name in tuned.weights} == {"1", "2"}
    source = {name: value.numpy() for name, value in given.backbone.build().state_dict().items()}
    changed = {name for name, value in tuned.weights.items() if not np.array_equal(value, source[name])}
    assert any(name.startswith("stages.1.") for name in changed)
    assert any(name.startswith("stages.2.") for name in changed)
    assert not any("running" in name for name in changed)


def test_the_head_goes_on_reading_the_stages_of_the_probe(given):
    assert fine_tune(given, request(probe(given, NAMES[-1:]))).stages == NAMES[-1:]


def test_only_the_assigned_rows_are_fitted_on(given):
    rows = np.arange(12)
    start = probe(given)
    before = fine_tune(given, request(start, rows=rows))
    codes = given.codes.copy()
    codes[12:] = 1 - codes[12:]
    after = fine_tune(dataclasses.replace(given, codes=codes), request(start, rows=rows))
    np.testing.assert_array_equal(before.head.weight, after.head.weight)


def test_views_that_were_kept_at_the_cut_are_trained_on(given, monkeypatch):
    used = []
    monkeypatch.setattr(
        fine_tuning, "Loop", lambda **values: used.append(values) or SimpleNamespace(fit=lambda *a, **b: 0)
    )
    there = dataclasses.replace(given.representation, key="there")
    missing = dataclasses.replace(given.representation, key="missing", boundaries={})
    fine_tune(dataclasses.replace(given, views=(there, missing)), request(probe(given)))
    assert [view.key for view in used[0]["views"]] == ["key", "there"]


def test_lower_stages_get_lower_rates_where_asked(given, monkeypatch):
    used = []
    monkeypatch.setattr(
        fine_tuning, "Loop", lambda **values: used.append(values) or SimpleNamespace(fit=lambda *a, **b: 0)
    )
    for decay in (None, 0.5):
        fine_tune(given, request(probe(given), cut="input"), decay=decay)
    assert [one["recipe"].decay for one in used] == [1.0, 0.5]


def test_l2_sp_keeps_the_weights_near_those_of_the_source_and_nought_is_none(given, tuned):
    start = probe(given)
    source = blend(tuned, start, 0.0).weights

    def far(strength):
        asked = request(start, setting={"cut": "stem", "l2_sp": strength})
        found = fine_tune(given, asked)
        assert not np.array_equal(found.head.weight, start.head.weight)
        return found, max(np.abs(value - source[name]).max() for name, value in found.weights.items())

    free, furthest = far(0.0)
    assert all(np.array_equal(value, tuned.weights[name]) for name, value in free.weights.items())
    np.testing.assert_array_equal(free.head.weight, tuned.head.weight)
    assert furthest > far(0.5)[1] > far(5.0)[1] > 0
    assert far(1e6)[1] < 1e-6


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_blend_lies_between_the_source_and_the_tuned(given, tuned, share):
    start = probe(given)
    between = blend(tuned, start, share)
    source = given.backbone.build().state_dict()
    for name, value in between.weights.items():
        if value.dtype.kind == "f":
            expected = (1 - share) * source[name].numpy() + share * tuned.weights[name]
            np.testing.assert_allclose(value, expected, atol=1e-6)
    expected = (1 - share) * start.head.weight + share * tuned.head.weight
    np.testing.assert_allclose(between.head.weight, expected, atol=1e-6)


def test_at_share_nought_it_answers_as_the_probe_and_at_one_as_the_tuned(given, tuned):
    start = probe(given)
    answers = {share: blend(tuned, start, share).predict_proba(given.representation, EVERY) for share in (0.0, 1.0)}
    np.testing.assert_allclose(answers[0.0], start.predict_proba(given.representation, EVERY), atol=1e-5)
    np.testing.assert_array_equal(answers[1.0], tuned.predict_proba(given.representation, EVERY))
    assert np.abs(answers[0.0] - answers[1.0]).max() > 1e-3


def test_several_blends_are_those_that_are_made_one_by_one_and_the_network_is_built_once(given, tuned):
    built = []
    counted = dataclasses.replace(given.backbone, build=lambda: built.append(1) or given.backbone.build())
    start, shares = probe(given), (0.0, 0.4, 0.8)
    in_turn = blends(dataclasses.replace(tuned, backbone=counted), start, shares)
    answers = [one.predict_proba(given.representation, EVERY) for one in in_turn]
    assert len(built) == 2
    for share, found in zip(shares, answers, strict=True):
        alone = blend(tuned, start, share).predict_proba(given.representation, EVERY)
        np.testing.assert_array_equal(found, alone)


def test_blending_leaves_the_tuned_model_as_it_is(given, tuned):
    before = {name: value.copy() for name, value in tuned.weights.items()}
    blend(tuned, probe(given), 0.4)
    assert all(np.array_equal(before[name], value) for name, value in tuned.weights.items())


def test_an_average_lies_between_its_members_and_takes_the_source_where_one_was_not_trained(given, tuned):
    other = fine_tune(given, request(probe(given), cut="block"))
    mean = average([tuned, other])
    source = blend(tuned, probe(given), 0.0)
    assert mean.cut == tuned.cut
    for name, value in mean.weights.items():
        expected = (tuned.weights[name] + other.weights.get(name, source.weights[name])) / 2
        np.testing.assert_allclose(value, expected, atol=1e-6)
    np.testing.assert_allclose(mean.head.weight, (tuned.head.weight + other.head.weight) / 2, atol=1e-6)


def test_the_average_of_a_model_with_itself_answers_as_it_does(given, tuned):
    answers = [one.predict_proba(given.representation, EVERY) for one in (tuned, average([tuned, tuned]))]
    np.testing.assert_allclose(*answers, atol=1e-5)
