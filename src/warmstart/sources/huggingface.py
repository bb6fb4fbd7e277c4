"""A model of the Hugging Face Hub as a source: its commit pinned, safetensors only, none of its code run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.errors import MissingExtra, SourceError
from warmstart.sources import _folder
from warmstart.sources._base import Source

PREFIX = "hf:"
REFERENCE = re.compile(r"hf:(?P<name>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>[\w./-]+))?")
WANTED = [
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-*-of-*.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    "vocab.txt",
    "README.md",
]


class HuggingFace(Source):
    """A repository of the Hub."""

    name: ClassVar[str] = "huggingface"
    summary: ClassVar[str] = (
        "hf:owner/name[@revision] from the Hugging Face Hub, pinned to its commit, safetensors only."
    )
    extra: ClassVar[str | None] = "train"

    @classmethod
    def claims(cls, reference: str) -> bool:
        """Return whether the reference starts with "hf:"."""
        return reference.startswith(PREFIX)

    def cards(self) -> list[Card]:
        """Return nothing: the Hub is not listed."""
        return []

    def open(self, reference: str) -> Backbone:
        """Download the repository at one commit, or take it from the Hub's cache, and open it.

        Raises
        ------
        SourceError : no such repository, no network, only pickled weights, or an unknown architecture.
        MissingExtra : torch or transformers is not installed.
        """
        found = REFERENCE.fullmatch(reference)
        if found is None:
            raise SourceError(
                f"A source on the Hub must be hf:owner/name or hf:owner/name@revision. Got '{reference}'."
            )
        _need_hub(reference)
        name, revision = found["name"], found["revision"]
        folder = _downloaded(name, revision)
        return _folder.backbone(folder, name=f"{PREFIX}{name}", origin=f"{PREFIX}{name}@{folder.name}")

    @classmethod
    def example(cls) -> Callable[[Path], str]:
        """Return a function (folder) -> reference that puts a tiny BERT into a Hub cache there."""
        from warmstart.sources._tiny import tiny_cached_bert

        return tiny_cached_bert


def _downloaded(name: str, revision: str | None) -> Path:
    """Return the folder of the repository at a commit; its name is the commit.

    A commit that is in the Hub's cache is not asked for. Without a network any other revision is what the cache has.
    """
    import huggingface_hub
    from huggingface_hub import constants, errors

    kept = _kept(name, revision)
    if kept is not None and revision == kept.name:
        return kept
    with _clear(name, revision):
        if constants.HF_HUB_OFFLINE:
            return kept or Path(huggingface_hub.snapshot_download(name, revision=revision, local_files_only=True))
        try:
            info = huggingface_hub.HfApi().model_info(name, revision=revision)
        except Exception as error:
            if kept is None or isinstance(error, errors.HfHubHTTPError):
                raise
            return kept
        _folder.refuse_without_safetensors([file.rfilename for file in info.siblings or []], f"{PREFIX}{name}")
        return Path(huggingface_hub.snapshot_download(name, revision=info.sha, allow_patterns=WANTED))


def _kept(name: str, revision: str | None) -> Path | None:
    """Return the folder that the Hub's cache has of a revision, where its configuration and weights are there."""
    from huggingface_hub import errors, snapshot_download

    with suppress(errors.LocalEntryNotFoundError, errors.HFValidationError, SourceError):
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
        if (folder / "config.json").is_file() and _folder.weight_files(folder):
            return folder
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".") + "."


@contextmanager
def _clear(name: str, revision: str | None) -> Iterator[None]:
    """Say in one sentence what the Hub's many errors mean."""
    from huggingface_hub import errors

    at = f" at '{revision}'" if revision else ""
    try:
        yield
    except errors.GatedRepoError:
        raise SourceError(
            f"'{name}' on the Hub is gated: its owner must let you in. Ask there, then `hf auth login`."
        ) from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError):
        raise SourceError(
            f"The Hub has no model '{name}'{at}. Check the name; a private one needs `hf auth login`."
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise SourceError(
            f"'{name}'{at} is not in the Hub's cache, and the Hub cannot be asked (offline). "
            "Connect and unset HF_HUB_OFFLINE, or name a local folder."
        ) from None
    except SourceError:
        raise
    except Exception as error:
        # What the Hub's client raises of the network has no base but Exception, and changes with its HTTP library.
        raise SourceError(
            f"The Hub could not be reached for '{name}': {_first_line(error)} "
            "Connect and try again, or name a local folder."
        ) from None


def _need_hub(reference: str) -> None:
    from importlib.util import find_spec

    if find_spec("huggingface_hub") is None:
        raise MissingExtra(
            f"The source '{reference}' needs huggingface_hub. Install it with `pip install 'warmstart[train]'`."
        )
    _folder.need_transformers(reference)
