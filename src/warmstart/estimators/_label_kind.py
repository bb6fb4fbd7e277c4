"""Of what kind the labels of a saved model are: a bundle has their names alone, and its manifest says the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.runtime.bundle import Bundle
from warmstart.runtime.sealed_folder import open_sealed, seal

KEY = "label_kind"
KINDS = {"i": "int", "u": "int", "f": "float", "b": "bool"}
READ: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": {"True": True, "False": False}.__getitem__,
}


def keep_kind(folder: Path, manifest: Mapping[str, Any], labels: np.ndarray) -> None:
    """Say in the manifest of a copied bundle of what kind its labels are, where they are no words.

    Raises
    ------
    BundleError : a file has changed since the bundle was sealed.
    """
    kind = KINDS.get(labels.dtype.kind)
    if kind is not None:
        open_sealed(folder)
        seal(folder, {**{name: value for name, value in manifest.items() if name != "sha256"}, KEY: kind})


def kept_labels(bundle: Bundle) -> dict[str, Any]:
    """Return the labels of a bundle by their names; none where they are words, as an update may have made them."""
    read = READ.get(str(bundle.manifest.get(KEY)))
    if read is None:
        return {}
    try:
        return {name: read(name) for name in bundle.labels.classes}
    except (ValueError, KeyError):
        return {}
