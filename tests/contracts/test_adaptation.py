"""Every way of adapting keeps the contract of `adaptation/_base.py`, whichever file brings it."""

import dataclasses

import numpy as np
import pytest

from tests.tiny_tasks import TOLERANCE, answers, saved_and_reloaded
from warmstart.adaptation._base import Domains
from warmstart.core.catalog import catalog, part, parts
from warmstart.core.representation import FeatureTable
from warmstart.errors import MissingExtra, NotApplicable
from warmstart.learning.linear import fit_logistic
from warmstart.training.transferred import Transferred

ROWS, WIDTH = 240, 6
MIX = np.array([0.25, 0.75])


def table(values):
    return FeatureTable((values.astype(np.float32),), np.arange(len(values)))


def domains(*, shift=3.0, stretch=2.0, mix=None, target_mix=(0.5, 0.5)):
    """Two blobs; in the target they lie elsewhere, and wider."""
    rng = np.random.default_rng(0)
    codes = np.arange(ROWS) % 2
    truth = rng.permutation(np.repeat([0, 1], [round(share * ROWS) for share in target_mix]))
    source = rng.normal(0, 0.5, (ROWS, WIDTH)) + np.eye(2, WIDTH)[codes]
    target = shift * np.eye(1, WIDTH) + stretch * (rng.normal(0, 0.5, (ROWS, WIDTH)) + np.eye(2, WIDTH)[truth])
    head, penalty = fit_logistic(table(source), codes, 2, np.arange(ROWS) % 3, penalties=(1e-2,))
    return Domains(table(source), codes, 2, table(target), head, penalty, mix), truth


@pytest.fixture(params=parts("adaptation"), ids=lambda kind: kind.name)
def method(request):
    return request.param()


def skip_where_another_library_is_slow(method):
    """Methods of another library are run in a process of their own, which takes seconds to start."""
    if method.extra is not None:
        pytest.skip(f"not applicable: {method.name} reads no class mix, and one tiny task shows that it is delivered")


def adapted(method, pair):
    try:
        return method.adapt(pair)
    except (NotApplicable, MissingExtra) as reason:
        pytest.skip(f"not applicable: {reason}")


def test_not_adapting_is_always_there_and_first():
    assert {"source_only", "standardise", "self_training"} <= set(catalog("adaptation"))
    assert min(parts("adaptation"), key=lambda kind: kind.turn).name == "source_only"


@pytest.mark.parametrize("mix", [None, MIX], ids=["mix unknown", "mix known"])
def test_gives_a_head_for_the_targets_features_the_same_again_and_changes_nothing_it_was_given(method, mix):
    if mix is not None:
        skip_where_another_library_is_slow(method)
    pair, _ = domains(mix=mix)
    before = [pair.source[:], pair.target[:], pair.codes.copy(), *pair.head.tensors().values()]
    proba = adapted(method, pair).proba(pair.target)
    after = [pair.source[:], pair.target[:], pair.codes, *pair.head.tensors().values()]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    assert proba.shape == (ROWS, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(proba, adapted(method, pair).proba(pair.target))


def test_changes_little_where_there_is_nothing_to_adapt_to(method):
    pair, truth = domains(shift=0.0, stretch=1.0, mix=np.array([0.5, 0.5]))
    own = pair.head.proba(pair.target).argmax(axis=1)
    assert (adapted(method, pair).proba(pair.target).argmax(axis=1) == own).mean() > 0.9
    assert (own == truth).mean() > 0.8


def test_a_known_mix_of_a_class_that_is_missing_gives_finite_answers(method):
    skip_where_another_library_is_slow(method)
    pair, _ = domains(mix=np.array([0.0, 1.0]))
    assert np.isfinite(adapted(method, pair).proba(pair.target)).all()


def test_it_says_whether_it_follows_a_known_mix(method):
    skip_where_another_library_is_slow(method)
    pair, _ = domains(target_mix=MIX)
    told = adapted(method, dataclasses.replace(pair, mix=MIX)).proba(pair.target)
    other = adapted(method, dataclasses.replace(pair, mix=MIX[::-1])).proba(pair.target)
    assert np.array_equal(told, other) == (not method.follows_mix)


@pytest.mark.parametrize("name", ["standardise", "standardised_self_training"])
def test_standardising_takes_a_shift_away(name):
    pair, truth = domains()
    right = [
        (head.proba(pair.target).argmax(axis=1) == truth).mean()
        for head in (pair.head, part("adaptation", name)().adapt(pair))
    ]
    assert right[1] > right[0] + 0.2


@pytest.mark.parametrize("name", ["standardise", "standardised_self_training"])
def test_where_the_mix_has_shifted_too_knowing_it_helps(name):
    blind, truth = domains(target_mix=MIX)
    right = [
        (part("adaptation", name)().adapt(pair).proba(pair.target).argmax(axis=1) == truth).mean()
        for pair in (blind, dataclasses.replace(blind, mix=MIX))
    ]
    assert right[1] > right[0]


def test_the_class_mix_alone_moves_the_answers_towards_it():
    pair, _ = domains(shift=0.0, stretch=1.0, mix=np.array([0.05, 0.95]))
    moved = part("adaptation", "class_mix")().adapt(pair).proba(pair.target)
    assert (moved[:, 1] > pair.head.proba(pair.target)[:, 1]).all()


def test_the_class_mix_says_so_where_it_is_not_known():
    with pytest.raises(NotApplicable, match=r"class mix of the target is not known.*--target-mix"):
        part("adaptation", "class_mix")().adapt(domains()[0])


@pytest.mark.parametrize("kind", ["image", "text"])
def test_averaged_with_not_adapting_saved_and_reloaded_it_gives_the_same_answers(method, kind, request, tmp_path):
    if kind == "text":
        skip_where_another_library_is_slow(method)
    tiny = request.getfixturevalue(f"{kind}_task")
    material = tiny.material
    stages = tuple(stage.name for stage in material.backbone.stages)
    source, target = (material.representation.table(stages, rows) for rows in (tiny.train, tiny.held))
    codes = material.codes[tiny.train]
    head, penalty = fit_logistic(source, codes, 2, tiny.folds, penalties=(1e-2,))
    other = adapted(method, Domains(source, codes, 2, target, head, penalty, np.array([0.4, 0.6])))
    model = Transferred(material.backbone, head, stages, len(stages), others=(other,))
    expected = model.predict_proba(material.representation, tiny.every)
    every = material.representation.table(stages, tiny.every)
    np.testing.assert_allclose(expected, (head.proba(every) + other.proba(every)) / 2, atol=1e-6)
    bundle = saved_and_reloaded(tiny, model, tmp_path / "bundle")
    assert np.abs(answers(tiny, bundle, tiny.every) - expected).max() <= TOLERANCE
