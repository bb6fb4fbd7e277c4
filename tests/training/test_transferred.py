import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.training.tiny_material import NAMES, ROWS, material, probe
from warmstart.runtime.graph import Graph
from warmstart.training import transferred
from warmstart.training.fine_tuning import fine_tune

EVERY = np.arange(ROWS)


@pytest.fixture(scope="module")
def given():
    return material()


@pytest.fixture(scope="module")
def tuned(given):
    wanted = {"rows": EVERY, "start": probe(given), "setting": {"cut": "stem"}, "epochs": 2, "seed": 0}
    return fine_tune(given, SimpleNamespace(checkpoint=None, watch=None, stop_after=None, **wanted))


def whole(model, given):
    """Run the changed network from the pixels."""
    module = model.module
    with torch.no_grad():
        activation = module.enter({"pixels": torch.from_numpy(given.representation.boundaries[0].values)})
        pooled = [module.pool(reached).numpy() for reached in module.walk(activation, 0, len(NAMES))]
    return model.head.proba(np.concatenate(pooled, axis=1))


def test_an_intact_source_answers_from_cached_features_without_the_network(given):
    model = probe(given)
    backbone = dataclasses.replace(given.backbone, build=lambda: pytest.fail("the network must not be built"))
    answered = dataclasses.replace(model, backbone=backbone).predict_proba(given.representation, EVERY)
    np.testing.assert_allclose(answered, whole(model, given), atol=1e-5)


def test_a_changed_top_is_run_anew_from_the_boundary(given, tuned):
    np.testing.assert_allclose(tuned.predict_proba(given.representation, EVERY), whole(tuned, given), atol=1e-5)


def test_answers_are_in_the_order_of_the_rows_that_were_asked_for(given, tuned, monkeypatch):
    monkeypatch.setattr(transferred, "PREDICT_ROWS", 5)
    rows = np.random.default_rng(0).permutation(ROWS)[:17]
    some = tuned.predict_proba(given.representation, rows)
    np.testing.assert_allclose(some, tuned.predict_proba(given.representation, EVERY)[rows], atol=1e-6)


def test_the_head_answers_a_batch_at_a_time(given, tuned, monkeypatch):
    monkeypatch.setattr(transferred, "PREDICT_ROWS", 5)
    asked, proba = [], transferred.Transferred._proba
    monkeypatch.setattr(
        transferred.Transferred,
        "_proba",
        lambda self, features: (asked.append(len(features)), proba(self, features))[1],
    )
    tuned.predict_proba(given.representation, EVERY)
    assert sum(asked) == ROWS
    assert max(asked) <= 5


def test_the_network_is_in_evaluation_mode(tuned):
    assert not any(part.training for part in tuned.module.modules())


def test_the_delivered_graph_gives_the_same_answers_softened(given, tuned):
    pixels = given.representation.boundaries[0].values
    for model in (tuned, probe(given, NAMES[-1:])):
        graph = Graph(model.deliver(temperature=2.0).graph, threads=1)
        found = graph.run({"pixels": pixels})
        expected = model.predict_proba(given.representation, EVERY) ** 0.5
        np.testing.assert_allclose(found["scores"], expected / expected.sum(axis=1, keepdims=True), atol=1e-4)


def test_the_delivered_graph_gives_the_same_embedding_every_stage_of_length_one(given, tuned):
    pixels = given.representation.boundaries[0].values
    for model in (tuned, probe(given, NAMES[-1:])):
        found = Graph(model.deliver().graph, threads=1).run({"pixels": pixels})["embedding"]
        np.testing.assert_allclose(found, model.embedding(given.representation, EVERY), atol=1e-4)
        lengths = [np.linalg.norm(part, axis=1) for part in np.split(found, [4, 8], axis=1)]
        np.testing.assert_allclose(lengths, 1, atol=1e-5)
    with torch.no_grad():
        last = tuned.module({"pixels": torch.from_numpy(pixels)})[-1].numpy()[:, :6]
    np.testing.assert_allclose(
        tuned.embedding(given.representation, EVERY)[:, 8:],
        last / np.linalg.norm(last, axis=1, keepdims=True),
        atol=1e-4,
    )


def test_what_is_delivered_has_all_that_going_on_needs(given, tuned):
    made = tuned.deliver()
    assert made.config["stages"] == list(NAMES)
    assert (made.config["cut"], made.config["weights"]) == (1, "all")
    assert made.config["card"]["name"] == "tiny"
    names = {f"backbone.{name}" for name in given.backbone.build().state_dict()}
    assert set(made.tensors) == {*names, *(f"head.{name}" for name in ("mean", "scale", "weight", "bias"))}
    changed = made.tensors["backbone.stages.2.0.weight"]
    np.testing.assert_array_equal(changed, tuned.weights["stages.2.0.weight"])
    assert made.preparation == given.backbone.preparation
