import dataclasses
from types import SimpleNamespace

import pytest

from tests.flow.tiny_race import Ledger
from warmstart.core.backbone import Backbone, Stage
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.errors import OptionError
from warmstart.flow.planning import Planning, wishes_of
from warmstart.flow.speed import Speed

STAGES = ("stem", "lower", "upper", "last")


def tiny():
    card = Card("tiny", "here", "0" * 64, "Apache-2.0", "image", "tiny", 12, 1, "nothing")
    return Backbone(card, tuple(Stage(name, 4) for name in STAGES), {}, lambda: None)


@pytest.fixture
def backbone():
    return tiny()


def wishes(backbone, *, strategy="auto", cut="auto", l2_sp=0.0, few=False):
    config = SimpleNamespace(strategy=(strategy,), cut=cut, l2_sp=l2_sp)
    return [(wish.strategy, dict(wish.setting)) for wish in wishes_of(config, backbone, few=few)]


def test_what_usually_wins_asks_first_and_the_deepest_cut_before_others(backbone):
    assert [(name, setting["cut"]) for name, setting in wishes(backbone)] == [
        ("partial", "lower"), ("partial", "upper"), ("lora", "lower"), ("full", "input"),
    ]  # fmt: skip


@pytest.mark.parametrize("strategy", ["partial", "lora"])
def test_a_named_cut_takes_the_place_of_the_strategys_own_and_nothing_else(backbone, strategy):
    (_, own), *_ = wishes(backbone, strategy=strategy)
    assert wishes(backbone, strategy=strategy, cut="stem") == [(strategy, {**own, "cut": "stem"})]


def test_few_labels_ask_for_what_is_made_for_them_alone_and_many_only_by_name(backbone):
    made_for_few = [("contrastive", {"cut": "stem"})]
    texts = dataclasses.replace(backbone, card=dataclasses.replace(backbone.card, modality="text"))
    assert wishes(texts, few=True) == made_for_few
    assert wishes(texts, strategy="contrastive") == made_for_few


def test_contrastive_training_is_not_proven_on_images_and_there_wants_to_be_named(backbone):
    assert wishes(backbone, few=True) == []
    assert wishes(backbone, few=True, strategy="contrastive") == [("contrastive", {"cut": "stem"})]


def test_l2_sp_is_in_the_setting_of_what_trains_the_sources_own_weights(backbone):
    assert [(name, setting.get("l2_sp")) for name, setting in wishes(backbone, l2_sp=0.1)] == [
        ("partial", 0.1), ("partial", 0.1), ("lora", None), ("full", 0.1),
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{"strategy": "lora"}, {"strategy": "probe"}, {"few": True}])
def test_l2_sp_is_refused_where_nothing_that_it_concerns_may_enter(backbone, asked):
    with pytest.raises(OptionError, match=r"`--l2-sp` concerns full, partial alone\. None .* name one with"):
        wishes(backbone, l2_sp=0.1, **asked)


def test_full_has_no_cut_to_name(backbone):
    assert wishes(backbone, strategy="full", cut="stem") == [("full", {"cut": "input"})]


def test_a_cut_above_everything_is_refused_whatever_is_asked_for(backbone):
    for strategy in ("auto", "probe", "full"):
        with pytest.raises(OptionError, match=r"`--cut` must leave a stage to train\. .* is the last of"):
            wishes(backbone, strategy=strategy, cut=backbone.stages[-1].name)


SPEED = Speed(0.01, {"input": 0.1, "lower": 0.02, "upper": 0.01})
ROWS = {"train": 640, "validation": 160, "test": 200}


def planning(budget, *, strategy="auto"):
    config = SimpleNamespace(strategy=(strategy,), cut="auto", l2_sp=0.0, budget=budget)
    dataset = Dataset("tiny", (Column("image", "image", [b""] * 1000),), tuple(map(str, range(1000))))
    split = SimpleNamespace(count=lambda *roles: sum(ROWS[role] for role in roles))
    return Planning(SimpleNamespace(config=config, run=Ledger()), dataset, 2, split, crossed=False, few=False)


def granted(budget, speed):
    """What the most wanted candidate is granted where it is planned for alone."""
    found = planning(budget, strategy="partial")
    ranked = SimpleNamespace(backbone=tiny(), speed=speed)
    return found.plan(ranked, ()).candidates[0]


@pytest.mark.parametrize("times", [1.0, 1.5])
def test_a_source_is_paid_for_where_what_is_wanted_most_gets_every_epoch_and_is_fitted_again(times, backbone):
    speed = SPEED.slower(times)
    enough = next(budget for budget in range(50, 1000) if planning(budget).pays(backbone, speed))
    assert (granted(enough, speed).epochs, granted(enough, speed).again) == (6, True)
    assert granted(enough - 1, speed).epochs < 6
    # A pass over 1,000 rows, and 6 epochs of 640 rows and of 800 above the lower stage.
    assert enough > times * (1000 * 0.01 + 6 * 1440 * 0.02)


def test_a_source_is_not_paid_for_where_the_budget_is_too_small_for_any_plan(backbone):
    assert not planning(10).pays(backbone, SPEED)


def test_what_is_not_trained_asks_for_a_pass_alone(backbone):
    assert planning(60, strategy="probe").pays(backbone, SPEED)
    assert not planning(60, strategy="probe").pays(backbone, SPEED.slower(10))
