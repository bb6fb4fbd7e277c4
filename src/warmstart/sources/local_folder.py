"""A folder in Hugging Face layout as a source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.errors import SourceError
from warmstart.sources import _folder
from warmstart.sources._base import Source


class LocalFolder(Source):
    """A model that was saved or downloaded: config.json, model.safetensors, and a tokenizer or a processor."""

    name: ClassVar[str] = "local_folder"
    summary: ClassVar[str] = "A folder in Hugging Face layout, safetensors only: ViT, ResNet, ConvNeXt; BERT and kin."
    extra: ClassVar[str | None] = "train"

    @classmethod
    def claims(cls, reference: str) -> bool:
        """Return whether the reference is a folder with a config.json that is not a bundle."""
        folder = Path(reference)
        return (folder / "config.json").is_file() and not (folder / "manifest.json").is_file()

    def cards(self) -> list[Card]:
        """Return nothing: a folder is named by its path."""
        return []

    def open(self, reference: str) -> Backbone:
        """Read the folder's configuration, hash its weights, and open it.

        Raises
        ------
        SourceError : no such folder, only pickled weights, or an architecture that is not in the catalog.
        MissingExtra : torch or transformers is not installed.
        """
        folder = Path(reference)
        if not folder.is_dir():
            raise SourceError(f"The source '{reference}' must be a folder with a config.json. There is none. Check it.")
        whole = folder.resolve()
        return _folder.backbone(whole, name=whole.name, origin=str(whole))

    @classmethod
    def example(cls) -> Callable[[Path], str]:
        """Return a function (folder) -> reference that saves a tiny ViT there."""
        from warmstart.sources._tiny import tiny_folder

        return tiny_folder
