"""Text sources in folders, as a user would name them, made from the packaged one: cut short, or damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _networks import minilm_folder

NOISE = 0.3


def text_folders(home: Path) -> list[str]:
    """Return folders with the first three layers, with noise on all weights, and with their weights in disorder."""
    changes = {"first-three-layers": _first_three, "with-noise": _with_noise, "in-disorder": _in_disorder}
    return [_folder(home / name, change) for name, change in changes.items()]


def _folder(folder: Path, change: Callable[[Any], None]) -> str:
    if not (folder / "model.safetensors").exists():
        import torch
        from transformers import BertModel

        network = BertModel.from_pretrained(minilm_folder())
        torch.manual_seed(0)
        with torch.no_grad():
            change(network)
        unwanted = shutil.ignore_patterns("*.safetensors", "*.bin", "*.onnx", "onnx", "openvino", "__pycache__")
        shutil.copytree(minilm_folder(), folder, ignore=unwanted, dirs_exist_ok=True)
        network.save_pretrained(folder)
    return str(folder)


def _first_three(network: Any) -> None:
    network.encoder.layer = network.encoder.layer[:3]
    network.config.num_hidden_layers = 3


def _with_noise(network: Any) -> None:
    for weight in network.parameters():
        if weight.ndim > 1:
            weight.add_(NOISE * weight.std() * weight.new_empty(weight.shape).normal_())


def _in_disorder(network: Any) -> None:
    import torch

    for weight in network.parameters():
        if weight.ndim > 1:
            weight.copy_(weight.flatten()[torch.randperm(weight.numel())].view_as(weight))
