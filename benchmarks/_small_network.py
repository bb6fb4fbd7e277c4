"""A small residual network that a benchmark pre-trains by itself, on whatever it wants a source to have seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def pretrain(folder: Path, pixels: np.ndarray, labels: np.ndarray, *, epochs: int = 6) -> None:
    """Train a small residual network from nothing, and save it as others save theirs.

    Parameters
    ----------
    pixels : (rows, side, side, 3) of uint8.
    labels : class codes (rows,).
    """
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(0)
    sizes = {"embedding_size": 6, "hidden_sizes": [6, 12, 24], "depths": [1, 1, 1], "layer_type": "basic"}
    network = ResNetForImageClassification(ResNetConfig(**sizes, num_labels=int(labels.max()) + 1))
    images = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)
    truth = torch.from_numpy(labels)
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * -(-len(labels) // 64))
    network.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(64):
            loss = torch.nn.functional.cross_entropy(network(images[batch]).logits, truth[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    network.resnet.save_pretrained(folder)
    side = dict.fromkeys(("height", "width"), pixels.shape[1])
    settings = {"size": side, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
