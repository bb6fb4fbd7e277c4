import numpy as np
import pytest

from tests.flow.tiny_weights import use_probe_only
from warmstart.core.catalog import parts
from warmstart.errors import NotApplicable
from warmstart.scores import _weights
from warmstart.scores._combination import expected, has_weights, inputs, regret_of_first
from warmstart.scores._example import two_looks


def scores(look):
    found = {}
    for kind in parts("scores"):
        try:
            found[kind.name] = kind().score(look)
        except NotApplicable:
            continue
    return found


def known(look, train_rows=60):
    return inputs(look, scores(look), train_rows=train_rows)


def test_reads_every_score_that_applies_to_all_sources():
    look, _ = two_looks()
    assert set(scores(look)) <= set(known(look))
    assert all(np.isfinite(value) for value in known(look).values())


def test_evidence_counts_from_that_of_features_that_tell_nothing():
    better, worse = two_looks()
    assert known(better)["logme"] > 0.1
    assert abs(known(worse)["logme"]) < 0.1


def test_more_rows_than_were_measured_promise_nothing_more():
    look, _ = two_looks()
    assert known(look)["more_rows"] == 0
    assert known(look, 240)["more_rows"] == known(look, 10**6)["more_rows"] == pytest.approx(np.log(4))


def test_expects_what_the_weights_say_within_an_interval(monkeypatch):
    use_probe_only(monkeypatch)
    better, worse = (expected(known(look), "image") for look in two_looks())
    assert better.low < better.value < better.high <= 1
    assert worse.value < better.value


def test_the_first_of_equals_is_expected_to_cost_something_and_a_clear_winner_nothing(monkeypatch):
    use_probe_only(monkeypatch)
    better, worse = (known(look) for look in two_looks())
    assert regret_of_first([better, better], ["a", "b"], "image") > 0.001
    assert regret_of_first([better, worse], ["a", "b"], "image") == pytest.approx(0, abs=1e-6)
    assert regret_of_first([better], ["a"], "image") == 0


@pytest.mark.parametrize("modality", sorted(_weights.WEIGHTS))
def test_the_weights_there_are_name_the_inputs_that_there_are(modality):
    look, _ = two_looks()
    assert set(_weights.WEIGHTS[modality]) == {"constant", *known(look)}
    assert set(_weights.SPREAD[modality]) == {"dataset", "source", "cut", "regret"}


def test_a_modality_that_was_not_measured_has_no_weights():
    assert not has_weights("smell")
