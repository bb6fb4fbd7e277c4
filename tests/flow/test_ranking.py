import numpy as np
import pytest

from tests.flow.tiny_weights import use_probe_only
from warmstart.flow.look import Scored
from warmstart.flow.ranking import ranked_by_look, ranked_by_prior
from warmstart.scores._base import Look
from warmstart.scores._example import card

OTHERS = {"hscore": 0.5, "logme": 0.0, "neighbours": 0.5, "nleep": -0.5, "prior": 0.5}


@pytest.fixture(autouse=True)
def _weights(monkeypatch):
    use_probe_only(monkeypatch)


def scored(source, cut, probe):
    look = Look(card(name=source), features=np.zeros((4, 2)), codes=np.arange(4) % 2)
    return Scored(source, cut, look, {**OTHERS, "linear_probe": probe}, {"leep": "no head."})


def test_by_prior_whole_sources_are_ranked_and_nothing_is_promised():
    found = ranked_by_prior([card(name="low", prior=0.3), card(name="high", prior=0.9)])
    assert found.regret is None
    assert [(row["source"], row["cut"], row["expected"], row["rank"]) for row in found.to_json()] == [
        ("high", "all", None, 1),
        ("low", "all", None, 2),
    ]


def test_by_look_cuts_of_all_sources_are_ranked_together():
    looks = [scored("one", "top", 0.70), scored("one", "low", 0.72), scored("two", "top", 0.71)]
    found = ranked_by_look(looks, ranked_by_prior([card(name="one"), card(name="two")]), train_rows=4)
    assert [(row["source"], row["cut"]) for row in found.to_json()] == [("one", "low"), ("two", "top"), ("one", "top")]
    assert found.to_json()[0]["expected"]["value"] == pytest.approx(0.72)
    assert found.regret > 0


def test_sources_that_were_not_looked_at_come_last():
    every = ranked_by_prior([card(name="famous", prior=0.99), card(name="one", prior=0.1)])
    found = ranked_by_look([scored("one", "top", 0.6)], every, train_rows=4)
    assert [one.source for one in found.places] == ["one", "famous"]
    assert found.has_cuts_of("one")
    assert not found.has_cuts_of("famous")
