"""Every source keeps the contract of `sources/_base.py`, whichever file brings it."""

import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from warmstart.core import catalog
from warmstart.core.card import Card
from warmstart.runtime.prepare import KINDS
from warmstart.training.stage_graph import made_up

SOURCES = sorted(catalog.catalog("sources"))


@pytest.fixture(params=SOURCES)
def kind(request):
    return catalog.part("sources", request.param)


@pytest.fixture
def backbone(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    reference = kind.example()(tmp_path / "model")
    assert kind.claims(reference)
    return kind().open(reference)


def test_there_are_sources():
    assert {"packaged", "local_folder", "huggingface", "earlier_result"} <= set(SOURCES)


def test_its_card_says_everything_and_survives_json(backbone):
    card = backbone.card
    assert all([card.name, card.origin, card.licence, card.trained_on, card.architecture])
    assert len(card.sha256) == 64
    assert card.parameter_count > 0
    assert card.input_size > 0
    assert 0 <= card.prior <= 1
    rowless = replace(card, lineage=tuple(replace(step, rows=()) for step in card.lineage))
    assert asdict(Card.from_json(card.to_json())) == asdict(rowless)


def test_its_stages_are_those_of_the_network(backbone):
    network = backbone.build()
    assert not network.training
    inputs = {name: torch.from_numpy(values) for name, values in made_up(backbone.preparation).items()}
    with torch.no_grad():
        pooled = network(inputs)
    assert [features.shape[1] for features in pooled] == [2 * stage.width for stage in backbone.stages]
    assert all(features.dtype == torch.float32 and torch.isfinite(features).all() for features in pooled)


def test_its_network_can_be_cut_anywhere(backbone):
    network, stages = backbone.build(), len(backbone.stages)
    inputs = {name: torch.from_numpy(values) for name, values in made_up(backbone.preparation).items()}
    with torch.no_grad():
        whole = network.run(network.enter(inputs), 0, stages)["hidden"]
        for cut in {0, 1, stages // 2, stages}:
            below = network.run(network.enter(inputs), 0, cut)
            assert torch.equal(network.run(below, cut, stages)["hidden"], whole)
            assert backbone.cut(backbone.cut_name(cut)) == cut


def test_building_it_twice_gives_the_same_weights(backbone):
    first, second = backbone.build().state_dict(), backbone.build().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_its_preparation_is_one_the_runtime_knows(backbone):
    assert backbone.preparation["kind"] in KINDS
    assert backbone.modality in ("image", "text")


def test_its_head_reads_the_last_stage(backbone):
    if backbone.head is None:
        pytest.skip("not applicable: the source has no head of its own")
    assert backbone.head.weight.shape[0] == len(backbone.head.labels) == len(backbone.head.bias)
    assert backbone.head.weight.shape[1] in (backbone.stages[-1].width, 2 * backbone.stages[-1].width)
    assert np.isfinite(backbone.head.weight).all()


def test_listing_cards_imports_neither_torch_nor_transformers():
    code = (
        "import sys\nfrom warmstart.flow.sources import cards\n"
        "assert len(cards()) >= 4\n"
        "print(sorted({'torch', 'transformers', 'onnx', 'sklearn', 'huggingface_hub'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
