"""A training's state on disk: tensors in safetensors, the history in JSON, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from warmstart.store import strict_json
from warmstart.store.atomic import new_folder


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read: tensors by name, and a history row an epoch."""

    tensors: dict[str, np.ndarray]
    history: list[dict[str, float]]


def save_checkpoint(folder: Path, tensors: dict[str, np.ndarray], history: list[dict[str, float]]) -> None:
    """Write a checkpoint in place of the one before; a reader sees the old one or the new one."""
    with new_folder(folder) as fresh:
        save_file({name: np.asarray(value, order="C") for name, value in tensors.items()}, fresh / "state.safetensors")
        strict_json.save(fresh / "history.json", history)


def load_checkpoint(folder: Path) -> Saved | None:
    """Return the checkpoint in a folder, or None where there is none."""
    if not (folder / "history.json").is_file():
        return None
    return Saved(load_file(folder / "state.safetensors"), strict_json.load(folder / "history.json"))
