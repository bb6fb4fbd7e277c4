import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow.tiny_race import Ledger
from tests.flow.tiny_weights import use_probe_only
from warmstart.core.backbone import Backbone, Stage
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.flow import rank as ranking
from warmstart.flow.look import Scored
from warmstart.flow.rank import Sample, Speed, rank
from warmstart.flow.sources import Contender
from warmstart.scores._base import Look
from warmstart.scores._combination import Expected

ROWS = 400
CODES = np.arange(ROWS) % 2
SAMPLE = Sample(CODES, np.arange(ROWS // 2))


def card(name, *, prior, cost, parameters=1):
    return Card(name, "here", "0" * 64, "Apache-2.0", "image", "tiny", 8, parameters, "-", prior=prior, cost=cost)


@dataclasses.dataclass(frozen=True)
class Closed(Contender):
    """A source of which nothing but the card is there."""

    def open(self):
        return Backbone(self.card, (Stage("last", 2),), {}, build=lambda: None)


LARGE, MIDDLE, SMALL = (
    Closed(name, card(name, prior=prior, cost=cost))
    for name, prior, cost in (("large", 0.8, 4.0), ("middle", 0.6, 2.0), ("small", 0.4, 1.0))
)
EVERY = (LARGE, MIDDLE, SMALL)


@pytest.fixture(autouse=True)
def speeds(monkeypatch):
    """A millisecond a row through the smallest source, and nine in training."""

    def speed_of(tools, dataset, one, cuts):
        return Speed(0.001 * one.card.cost, {"input": 0.009 * one.card.cost})

    monkeypatch.setattr(ranking, "speed_of", speed_of)
    monkeypatch.setattr(ranking, "contenders", lambda names, kind: [one for one in EVERY if one.reference in names])


@pytest.fixture
def looked(monkeypatch):
    """Looks of which the smaller the source, the more the probe sees; note what is looked at, on which rows."""
    use_probe_only(monkeypatch)
    seen = []

    def look(tools, dataset, contender, sample):
        seen.append(contender.reference)
        found = {"hscore": 0.5, "logme": 0.0, "neighbours": 0.5, "nleep": -0.5, "prior": contender.card.prior}
        facts = Look(contender.card, features=np.zeros((4, 2)), codes=np.arange(4) % 2)
        return [Scored(contender.card.name, "last", facts, {**found, "linear_probe": 1 - contender.card.prior}, {})]

    monkeypatch.setattr(ranking, "look", look)
    return seen


def dataset():
    return Dataset("tiny", (Column("image", "image", [b""] * ROWS),), tuple(map(str, range(ROWS))))


def tools(*, budget=1000.0, source=("auto",), run=None):
    return SimpleNamespace(config=SimpleNamespace(source=source, budget=budget), run=run or Ledger())


def ranked(given, entrants=EVERY, sample=SAMPLE):
    def pays(backbone, speed):
        return 4 * ROWS * speed.train_row["input"] <= given.config.budget

    return rank(given, dataset(), entrants, sample, lambda one: ["input"], pays)


@pytest.mark.parametrize(
    ("budget", "taken"), [(58.0, "large"), (57.0, "middle"), (29.0, "middle"), (28.0, "small"), (1.0, "small")]
)
def test_without_a_look_the_best_prior_is_taken_that_the_budget_pays_for(budget, taken):
    assert ranked(tools(budget=budget), sample=None).backbone.card.name == taken


def test_the_speed_is_that_of_the_source_that_was_taken():
    assert ranked(tools(), sample=None).speed.embed_row == 0.004


def test_after_a_look_the_source_is_taken_that_promises_most(looked):
    found = ranked(tools())
    assert looked == ["large", "middle", "small"]
    assert found.backbone.card.name == "small"
    assert [place.source for place in found.ranking.places] == ["small", "middle", "large"]
    assert found.ranking.regret >= 0
    assert "small was taken after a look at training rows: a probe on it is expected to reach 60.0 %" in found.reason


@pytest.mark.parametrize(("less", "taken"), [(0.009, "small"), (0.011, "large")])
def test_a_cheaper_source_is_taken_that_promises_hardly_less(less, taken, monkeypatch):
    expected = {"large": 0.9, "middle": 0.5, "small": 0.9 - less}

    def promised(inputs, modality):
        return Expected(expected[inputs["of"]], 0.4, 1.0)

    def look(tools, dataset, contender, sample):
        return [Scored(contender.card.name, "last", Look(contender.card), {"of": contender.card.name}, {})]

    monkeypatch.setattr("warmstart.scores._combination.inputs", lambda look, scores, train_rows: scores)
    monkeypatch.setattr("warmstart.scores._combination.expected", promised)
    monkeypatch.setattr("warmstart.scores._combination.regret_of_first", lambda *given: 0.02)
    monkeypatch.setattr(ranking, "look", look)
    found = ranked(tools())
    assert found.backbone.card.name == taken
    assert found.reason.startswith(f"Of 3 sources, {taken} was taken after a look at training rows")
    ends = {"small": "0.9 points less than on large, which takes longer.", "large": "cost 2.0 points against the best."}
    assert found.reason.endswith(ends[taken])


def test_a_source_that_the_budget_cannot_adapt_is_not_looked_at(looked):
    ranked(tools(budget=300.0, source=("auto",)), entrants=(Closed("huge", card("huge", prior=1, cost=99)), *EVERY))
    assert "huge" not in looked


def test_looks_that_cost_too_much_of_the_budget_are_not_made(looked):
    found = ranked(tools(budget=100.0))
    assert looked == []
    assert found.backbone.card.name == "large"
    assert found.reason.endswith("its prior alone: looking at two would take more than 10 % of the budget.")


def test_where_every_row_is_tested_no_label_decides(looked):
    found = ranked(tools(), sample=None)
    assert looked == []
    assert "under 1,000 rows every row is tested" in found.reason


def test_several_named_sources_are_looked_at_whatever_they_cost_to_adapt(looked):
    entrants = (Closed("huge", card("huge", prior=0.9, cost=99)), SMALL)
    assert ranked(tools(source=("huge", "small")), entrants=entrants).backbone.card.name == "small"
    assert looked == ["huge", "small"]


def test_a_single_source_is_taken_without_a_look_or_a_word(looked):
    found = ranked(tools(), entrants=(MIDDLE,))
    assert (found.backbone.card.name, found.reason, looked) == ("middle", "", [])


def test_a_resumed_run_takes_the_source_it_took_and_looks_at_what_it_looked_at(looked):
    run = Ledger()
    ranked(tools(run=run))
    looked.clear()
    again = ranked(tools(run=run, budget=990.0))
    assert again.backbone.card.name == "small"
    assert looked == ["large", "middle", "small"]


def test_a_resumed_run_with_another_budget_keeps_its_source():
    run = Ledger()
    ranked(tools(budget=50.0, run=run), sample=None)
    assert ranked(tools(run=run), sample=None).backbone.card.name == "middle"


def test_without_stated_cost_the_size_tells_how_long_a_look_takes():
    one, twice = (card(name, prior=1, cost=0, parameters=size) for name, size in (("one", 100), ("twice", 200)))
    assert ranking.dearer(twice, one) == 2.0


def test_the_cuts_of_a_source_that_was_not_looked_at_come_from_the_pass_over_all_rows(monkeypatch):
    found = ranked(tools(), entrants=(MIDDLE,))
    use_probe_only(monkeypatch)
    seen = SimpleNamespace(features=lambda stages, rows: np.stack([CODES[rows], rows], axis=1).astype(np.float32))
    rows = ranking.with_cuts(found, seen, SAMPLE).to_json()
    assert [(row["source"], row["cut"], row["rank"]) for row in rows] == [("middle", "last", 1)]
    assert rows[0]["expected"]["low"] <= rows[0]["expected"]["value"] <= rows[0]["expected"]["high"]


def test_without_weights_for_a_modality_the_ranking_stays_one_by_prior(monkeypatch):
    monkeypatch.setattr("warmstart.scores._weights.WEIGHTS", {})
    found = ranked(tools())
    assert [(row["source"], row["cut"]) for row in found.ranking.to_json()] == [
        (name, "all") for name in ("large", "middle", "small")
    ]
    assert ranking.with_cuts(found, None, SAMPLE) == found.ranking
