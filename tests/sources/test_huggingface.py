from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import constants, errors

from warmstart.errors import SourceError
from warmstart.sources._tiny import tiny_cached_bert, tiny_folder
from warmstart.sources.huggingface import HuggingFace

COMMIT = "f" * 40


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub of one repository, without a network: what it lists, and what was asked of it."""
    asked = SimpleNamespace(files=["config.json", "model.safetensors", "tokenizer.json"], downloads=[], error=None)

    def model_info(self, name, revision=None):
        if asked.error is not None:
            raise asked.error
        asked.revision = revision
        return SimpleNamespace(sha=COMMIT, siblings=[SimpleNamespace(rfilename=file) for file in asked.files])

    def snapshot_download(name, *, revision, allow_patterns=None, local_files_only=False):
        if local_files_only and not (tmp_path / COMMIT).is_dir():
            raise errors.LocalEntryNotFoundError("nothing here")
        if not local_files_only:
            asked.downloads.append((name, revision, allow_patterns))
            tiny_folder(tmp_path / COMMIT, "bert")
        return str(tmp_path / COMMIT)

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


@pytest.fixture
def offline(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))


def answer(kind):
    return kind.__new__(kind)


def test_the_commit_is_resolved_downloaded_and_pinned(hub):
    card = HuggingFace().open("hf:someone/model@main").card
    assert hub.revision == "main"
    assert hub.downloads[0][:2] == ("someone/model", COMMIT)
    assert card.origin == f"hf:someone/model@{COMMIT}"
    assert card.name == "hf:someone/model"


def test_nothing_pickled_and_no_code_is_ever_asked_for(hub):
    HuggingFace().open("hf:someone/model")
    patterns = hub.downloads[0][2]
    assert not any(pattern.endswith((".bin", ".pt", ".py", "*")) for pattern in patterns)


def test_a_repository_of_pickles_is_refused_before_anything_is_downloaded(hub):
    hub.files = ["config.json", "pytorch_model.bin"]
    with pytest.raises(SourceError, match=r"'hf:someone/model' has only pickled weights \(pytorch_model\.bin\)"):
        HuggingFace().open("hf:someone/model")
    assert hub.downloads == []


@pytest.mark.parametrize("reference", ["hf:model", "hf:a/b/c", "hf:../etc@x"])
def test_a_malformed_reference_is_refused(reference):
    with pytest.raises(SourceError, match="must be hf:owner/name or hf:owner/name@revision"):
        HuggingFace().open(reference)


def test_a_repository_that_is_not_there_is_said_to_be_so(hub):
    hub.error = answer(errors.RepositoryNotFoundError)
    with pytest.raises(SourceError, match=r"The Hub has no model 'someone/model' at 'v2'\. Check the name"):
        HuggingFace().open("hf:someone/model@v2")


def test_a_gated_repository_is_said_to_be_so(hub):
    hub.error = answer(errors.GatedRepoError)
    with pytest.raises(SourceError, match="is gated: its owner must let you in"):
        HuggingFace().open("hf:someone/model")


def test_no_network_is_one_clear_sentence(hub):
    hub.error = ConnectionError("Name or service not known")
    with pytest.raises(
        SourceError, match="The Hub could not be reached for 'someone/model': Name or service not known"
    ):
        HuggingFace().open("hf:someone/model")


def test_a_commit_that_is_in_the_cache_is_not_asked_for(hub):
    HuggingFace().open("hf:someone/model")
    hub.error = ConnectionError("nobody should ask")
    assert HuggingFace().open(f"hf:someone/model@{COMMIT}").card.origin == f"hf:someone/model@{COMMIT}"
    assert len(hub.downloads) == 1


def test_a_lost_connection_leaves_what_the_cache_has_but_not_what_the_hub_has_taken_away(hub):
    HuggingFace().open("hf:someone/model@main")
    hub.error = ConnectionError("Name or service not known")
    assert HuggingFace().open("hf:someone/model@main").card.origin == f"hf:someone/model@{COMMIT}"
    hub.error = answer(errors.GatedRepoError)
    with pytest.raises(SourceError, match="is gated"):
        HuggingFace().open("hf:someone/model@main")


def test_offline_takes_what_the_hubs_cache_has(offline, tmp_path):
    card = HuggingFace().open(tiny_cached_bert(tmp_path)).card
    assert card.origin == "hf:warmstart/tiny-bert@0123456789abcdef0123456789abcdef01234567"


def test_offline_without_a_copy_is_one_clear_sentence(offline):
    with pytest.raises(SourceError, match=r"is not in the Hub's cache, and the Hub cannot be asked \(offline\)"):
        HuggingFace().open("hf:someone/model")
