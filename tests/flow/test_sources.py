import dataclasses

import pytest

from warmstart.errors import SourceError
from warmstart.flow.sources import candidates, cards, how_to_get, open_source
from warmstart.sources._tiny import tiny_bundle, tiny_folder
from warmstart.sources.packaged import PUBLISHED


def test_opens_a_packaged_name_a_folder_and_a_bundle(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    folder, bundle = tiny_folder(tmp_path / "vit"), tiny_bundle(tmp_path / "films")
    assert open_source("efficientnet-lite0").card.architecture == "efficientnet-lite"
    assert open_source(folder).card.architecture == "vit"
    assert open_source(bundle).card.name == "films"


def test_what_nothing_claims_is_answered_with_what_there_is():
    with pytest.raises(
        SourceError, match=r"There is no source 'eficientnet-lite1'.*Did you mean 'efficientnet-lite1'\?"
    ):
        open_source("eficientnet-lite1")


def test_candidates_of_a_modality_come_best_prior_first():
    names = [card.name for card in candidates("image")]
    assert names == ["efficientnet-lite2", "efficientnet-lite1", "efficientnet-lite0"]
    assert [card.name for card in candidates("text")] == ["all-minilm-l6-v2"]


def test_what_is_not_installed_is_listed_but_is_no_candidate(monkeypatch):
    absent = dataclasses.replace(PUBLISHED["efficientnet-lite2"], package="no_such_package")
    monkeypatch.setitem(PUBLISHED, "efficientnet-lite2", absent)
    assert "efficientnet-lite2" in [card.name for card in cards()]
    assert "efficientnet-lite2" not in [card.name for card in candidates("image")]
    assert how_to_get(absent.card) == "pip install 'warmstart[packaged]'"
