import dataclasses
import json

import numpy as np
import pytest
import torch

from warmstart.core.representation import Ragged
from warmstart.errors import NotApplicable
from warmstart.pretraining._base import Lesson
from warmstart.pretraining._masked_head import MaskedHead, word_vectors
from warmstart.pretraining.masked_language import MaskedLanguage
from warmstart.runtime.prepare import preparation
from warmstart.sources._tiny import tiny_folder
from warmstart.sources.local_folder import LocalFolder
from warmstart.training.self_supervised import hold

TEXTS = ["a good film .", "not very bad . a good film .", "very very good", "a film"]


def lesson(folder, kind, **changes):
    backbone = dataclasses.replace(LocalFolder().open(tiny_folder(folder / kind, kind)), **changes)
    tokens = preparation(backbone.preparation, backbone.assets).encode(TEXTS)
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in tokens])])
    inputs = Ragged("input_ids", np.concatenate(tokens).astype(np.int32), offsets)
    made = Lesson(backbone, backbone.build(), inputs, 1)
    hold(made.module, 1)
    return made


@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_every_architecture_of_texts_is_trained(tmp_path, kind):
    taught = lesson(tmp_path, kind)
    head = MaskedLanguage().head(taught)
    torch.manual_seed(0)
    loss = MaskedLanguage().loss(taught, head, np.arange(len(TEXTS)))
    loss.backward()
    assert 0 < float(loss.detach()) < 3 * np.log(12)
    assert any(value.grad is not None and value.grad.abs().sum() > 0 for value in taught.module.top(1))


def test_the_decoder_is_the_word_vectors_of_the_network_and_is_not_trained(tmp_path):
    taught = lesson(tmp_path, "bert")
    head = MaskedLanguage().head(taught)
    words = word_vectors(taught.module.stages[0])
    assert torch.equal(head.words, words)
    assert not any(value.shape == words.shape for value in head.parameters())


def test_a_head_that_was_not_trained_compares_with_the_word_vectors():
    words = torch.eye(6)
    logits = MaskedHead(words)(4 * torch.eye(6)[[2, 5]])
    assert logits.argmax(dim=1).tolist() == [2, 5]


def test_a_batch_in_which_no_token_was_drawn_gives_nothing_to_learn(tmp_path, monkeypatch):
    taught = lesson(tmp_path, "bert")
    monkeypatch.setattr(torch, "bernoulli", lambda probability, generator=None: torch.zeros_like(probability))
    loss = MaskedLanguage().loss(taught, MaskedLanguage().head(taught), np.arange(2))
    loss.backward()
    assert float(loss.detach()) == 0.0


def test_a_tokenizer_without_a_mask_token_is_refused(tmp_path):
    taught = lesson(tmp_path, "bert")
    name, data = next(iter(taught.backbone.assets.items()))
    plain = json.loads(data)
    plain["model"]["vocab"]["[HIDE]"] = plain["model"]["vocab"].pop("[MASK]")
    plain["added_tokens"] = [token for token in plain["added_tokens"] if token["content"] != "[MASK]"]
    bare = dataclasses.replace(taught.backbone, assets={name: json.dumps(plain).encode()})
    with pytest.raises(NotApplicable, match=r"needs a mask token and word vectors\. 'bert' has none\."):
        MaskedLanguage().head(dataclasses.replace(taught, backbone=bare))
