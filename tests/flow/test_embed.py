from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from warmstart.core.backbone import Backbone, Stage
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.errors import DataError, OptionError
from warmstart.flow import embed as flow
from warmstart.flow.embed import embed, measure, representation_key
from warmstart.flow.passes import text_batches
from warmstart.runtime.decode import Decoder
from warmstart.runtime.length_batches import TOKENS
from warmstart.runtime.prepare import preparation
from warmstart.sources._hf_stages import staged
from warmstart.sources._tiny import BERT, WORDS, tiny_tokenizer
from warmstart.store.cache import Cache
from warmstart.training import stage_graph
from warmstart.training.stages import ImageModule


class TinyNetwork(ImageModule):
    def __init__(self):
        super().__init__(mean=(127.0,) * 3, std=(128.0,) * 3)
        stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.stages.extend([stem, nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), nn.ReLU())])


def card(modality):
    return Card("tiny", "here", modality.ljust(64, "0"), "MIT", modality, f"tiny-{modality}", 8, 1, "nothing")


IMAGES = Backbone(
    card("image"),
    (Stage("stem", 4), Stage("block_1", 6)),
    {"kind": "image", "size": [8, 8], "resize": "squash", "filter": "bilinear"},
    lambda: TinyNetwork().start_over(0).eval(),
)
TEXTS = Backbone(
    card("text"),
    (Stage("embeddings", 16), Stage("layer_1", 16), Stage("layer_2", 16)),
    {"kind": "text", "tokenizer": "tokenizer.json", "max_length": 32, "pad_id": 0},
    lambda: staged("bert", BERT, {}).start_over(0),
    {"tokenizer.json": tiny_tokenizer().encode()},
)


def dataset(kind, cells):
    return Dataset("tiny", (Column("x", kind, cells),), tuple(f"row {row}" for row in range(len(cells))))


@pytest.fixture(scope="module")
def photos():
    rng = np.random.default_rng(0)
    return dataset("image", [rng.integers(0, 256, (9, 7, 3)).astype(np.uint8) for _ in range(70)])


@pytest.fixture(scope="module")
def reviews():
    rng = np.random.default_rng(0)
    return dataset("text", [" ".join(rng.choice(WORDS[5:], rng.integers(1, 40))) for _ in range(300)])


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """A cache that already holds the exported graphs, which take seconds to make."""
    root = tmp_path_factory.mktemp("graphs")
    for backbone in (IMAGES, TEXTS):
        stage_graph.stage_graph(backbone, Cache(root))
    return root / "graphs"


@pytest.fixture
def cache(tmp_path, graphs):
    (tmp_path / "graphs").symlink_to(graphs)
    return Cache(tmp_path)


def expected(backbone, data, row, decoder):
    """Pooled features of one row alone, by torch."""
    feeds = preparation(backbone.preparation, backbone.assets).prepare([data.inputs[0].cells[row]], decoder).feeds
    with torch.no_grad():
        return [p.numpy()[0] for p in backbone.build()({name: torch.from_numpy(v) for name, v in feeds.items()})]


@pytest.mark.parametrize("kind", ["image", "text"])
def test_every_rows_features_are_those_of_torch(kind, photos, reviews, cache, decoder):
    backbone, data = (IMAGES, photos) if kind == "image" else (TEXTS, reviews)
    found = embed(data, backbone, cache=cache, decoder=decoder, threads=1)
    assert len(found) == len(data)
    for row in (0, 33, len(data) - 1):
        for stage, features in zip(backbone.stages, expected(backbone, data, row, decoder), strict=True):
            assert np.allclose(found.pooled[stage.name][row], features, atol=1e-4)


@pytest.mark.parametrize("kind", ["image", "text"])
def test_the_top_run_from_any_cut_gives_the_last_features(kind, photos, reviews, cache, decoder):
    backbone, data = (IMAGES, photos) if kind == "image" else (TEXTS, reviews)
    cuts = range(len(backbone.stages) + 1)
    found = embed(data, backbone, cuts=cuts, cache=cache, decoder=decoder, threads=1)
    rows, network = np.array([5, 2, 60]), backbone.build()
    for cut in cuts:
        with torch.no_grad():
            activation = network.take_up(found.boundaries[cut].batch(rows), cut)
            pooled = network.pool(network.run(activation, cut, len(backbone.stages))).numpy()
        assert np.allclose(pooled, found.pooled[backbone.stages[-1].name][rows], atol=2e-2)


def test_boundaries_are_small(photos, reviews, cache, decoder):
    images = embed(photos, IMAGES, cuts=[0, 1], cache=cache, decoder=decoder).boundaries
    assert images[0].batch(np.array([0]))["pixels"].dtype == np.uint8
    assert images[1].batch(np.array([0]))["hidden"].dtype == np.float16
    texts = embed(reviews, TEXTS, cuts=[0, 1], cache=cache, decoder=decoder).boundaries
    assert texts[0].batch(np.array([0, 1]))["input_ids"].dtype == np.int32
    assert texts[1].batch(np.array([0, 1]))["hidden"].dtype == np.float16
    assert set(texts[1].batch(np.array([0]))) == {"hidden", "attention_mask"}


def test_a_second_time_runs_nothing(photos, cache, decoder, monkeypatch):
    first = embed(photos, IMAGES, cuts=[1], cache=cache, decoder=decoder)
    monkeypatch.setattr(flow, "Trunk", lambda *_: pytest.fail("the network ran again"))
    monkeypatch.setattr(flow, "_batches", lambda *_: pytest.fail("the inputs were prepared again"))
    second = embed(photos, IMAGES, cuts=[1], cache=cache, decoder=decoder)
    assert first.key == second.key
    assert isinstance(second.pooled["stem"], np.memmap)


def test_another_cut_is_all_that_is_computed_when_it_is_wanted_later(photos, cache, decoder, monkeypatch):
    embed(photos, IMAGES, cuts=[0], cache=cache, decoder=decoder)
    asked = []
    run = flow.Trunk.run
    monkeypatch.setattr(
        flow.Trunk, "run", lambda self, feeds, names: asked.append(tuple(names)) or run(self, feeds, names)
    )
    monkeypatch.setattr(Decoder, "map", lambda *_: pytest.fail("decoded again"))
    assert set(embed(photos, IMAGES, cuts=[0, 2], cache=cache, decoder=decoder).boundaries) == {0, 2}
    assert set(asked) == {("hidden_2",)}


@pytest.mark.parametrize("kind", ["image", "text"])
def test_a_killed_pass_goes_on_where_it_was_with_the_same_numbers(
    kind, photos, reviews, cache, decoder, monkeypatch, tmp_path
):
    backbone, data = (IMAGES, photos) if kind == "image" else (TEXTS, reviews)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/graphs").symlink_to(tmp_path / "graphs")
    whole = embed(data, backbone, cuts=[1], cache=Cache(tmp_path / "other"), decoder=decoder, threads=1)
    monkeypatch.setattr(flow, "SAVE_SECONDS", 0.0)
    run, calls = flow.Trunk.run, []

    def dies(self, feeds, names):
        calls.append(names)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run(self, feeds, names)

    monkeypatch.setattr(flow.Trunk, "run", dies)
    with pytest.raises(KeyboardInterrupt):
        embed(data, backbone, cuts=[1], cache=cache, decoder=decoder, threads=1)
    calls[:] = [None] * 3
    again = embed(data, backbone, cuts=[1], cache=cache, decoder=decoder, threads=1)
    batches = len(flow._batches(data, backbone, cache, decoder).rows)
    assert len(calls) - 3 == batches - 2
    for stage in backbone.stages:
        assert np.array_equal(again.pooled[stage.name], whole.pooled[stage.name])
    rows = np.arange(len(data))
    assert np.array_equal(again.boundaries[1].batch(rows)["hidden"], whole.boundaries[1].batch(rows)["hidden"])


def test_progress_counts_rows(reviews, cache, decoder):
    said = []
    embed(reviews, TEXTS, cache=cache, decoder=decoder, progress=lambda *step: said.append(step))
    assert said[0] == ("embed", 0, 300)
    assert said[-1] == ("embed", 300, 300)
    assert [done for _, done, _ in said] == sorted(done for _, done, _ in said)


def test_the_key_depends_on_rows_source_and_preparation(photos):
    changed = replace(photos, inputs=(Column("x", "image", [*photos.inputs[0].cells[:-1], photos.inputs[0].cells[0]]),))
    other = replace(IMAGES, card=replace(IMAGES.card, sha256="1" * 64))
    smaller = replace(IMAGES, preparation={**IMAGES.preparation, "resize": "crop"})
    keys = [
        representation_key(d, b) for d, b in ((photos, IMAGES), (changed, IMAGES), (photos, other), (photos, smaller))
    ]
    assert len(set(keys)) == 4
    assert representation_key(photos, IMAGES) == keys[0]


def test_texts_of_one_hash_are_not_taken_for_each_other(reviews):
    rows = replace(dataset("text", ["good film"] * 3), hashes=("h",) * 3)
    spaced = replace(rows, inputs=(Column("x", "text", ["good\n\nfilm"] * 3),))
    assert representation_key(rows, TEXTS) != representation_key(spaced, TEXTS)


def test_a_graph_that_does_not_agree_is_not_used(photos, cache, decoder, monkeypatch):
    monkeypatch.setattr(stage_graph, "TOLERANCE", -1.0)
    monkeypatch.setattr("warmstart.flow.trunk.Graph", lambda *_, **__: pytest.fail("the graph was used"))
    found = embed(photos, IMAGES, cuts=[1], cache=cache, decoder=decoder)
    assert np.allclose(found.pooled["block_1"][3], expected(IMAGES, photos, 3, decoder)[1], atol=1e-4)


def test_an_input_that_can_no_longer_be_read_is_named(photos, cache, decoder):
    broken = dataset("image", [photos.inputs[0].cells[0], b"<!DOCTYPE html>"])
    with pytest.raises(DataError, match="'row 1' could be read when the data was loaded, and now it"):
        embed(broken, IMAGES, cache=cache, decoder=decoder)


def test_a_cell_that_is_no_text_is_named(cache, decoder):
    with pytest.raises(DataError, match=r"Row 'row 1' must hold a text\. It holds a int\. Leave it out"):
        embed(dataset("text", ["good", 3]), TEXTS, cache=cache, decoder=decoder)


def test_a_cut_outside_the_network_is_refused(photos, cache, decoder):
    with pytest.raises(OptionError, match=r"A cut of 'tiny' must be from 0 to 2\. Got 3"):
        embed(photos, IMAGES, cuts=[3], cache=cache, decoder=decoder)


def test_texts_go_in_batches_of_about_as_many_tokens(reviews):
    batches = text_batches(reviews, preparation(TEXTS.preparation, TEXTS.assets))
    assert sorted(row for rows in batches.rows for row in rows) == list(range(300))
    assert all(len(rows) * batches.lengths[rows].max() <= TOKENS for rows in batches.rows)
    assert [feeds["input_ids"].shape[0] for _, feeds in batches.iterate(0)] == [len(rows) for rows in batches.rows]


def test_measures_seconds_a_row(photos, cache, decoder):
    assert 0 < measure(photos, IMAGES, np.arange(64), cache=cache, decoder=decoder, threads=1) < np.inf
